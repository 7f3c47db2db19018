/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/progress.c - what a logged step tells, as an object and as a line that fits the terminal. */
#include "cli/train/progress.h"

#include "command/terminal.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

akin_json *cli_progress_json(const akin_train_progress *p)
{
    akin_json *line = akin_json_pack(
        "{s:I,s:I,s:I,s:I,s:f,s:f,s:o,s:o,s:s,s:f,s:f,s:f,s:f,s:f,s:f}", "step", (int64_t)p->step, "steps",
        (int64_t)p->steps, "epoch", (int64_t)p->epoch, "epochs", (int64_t)p->epochs, "loss", p->loss,
        "chance", p->chance, "floor", isfinite(p->floor) ? akin_json_real(p->floor) : akin_json_null(),
        "learned", isfinite(p->learned) ? akin_json_real(p->learned) : akin_json_null(), "verdict",
        p->verdict, "lr", p->lr, "grad_norm", p->grad_norm, "samples_per_s", p->samples_per_s,
        "data_wait_frac", p->data_wait_frac, "time_left_s", p->left_s, "elapsed_s", p->elapsed_s);
    if (isfinite(p->embedding_std)) {
        akin_json_put(line, "embedding_std", akin_json_real(p->embedding_std));
        akin_json_put(line, "participation_ratio", akin_json_real(p->participation_ratio));
    }
    const struct {
        const char *name;
        double value;
    } some[] = { { "window_share", p->window_share },
                 { "window_other_class", p->window_other_class },
                 { "window_other_class_chance", p->window_other_class_chance },
                 { "permuted", p->permuted },
                 { "alpha", p->alpha },
                 { "lambda", p->lambda },
                 { "temperature", p->temperature },
                 { "scale", p->scale },
                 { "bias", p->bias } };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (isfinite(some[i].value)) akin_json_put(line, some[i].name, akin_json_real(some[i].value));
    return line;
}

static void text_of(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void text_of(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    akin_vformat(to, size, format, args);
    va_end(args);
}

static void clock_text(char *text, size_t size, double seconds)
{
    const long long s = seconds > 0 ? (long long)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(text, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%lld:%02lld", s / 60, s % 60);
}

enum { LONG_BAR = 12, SHORT_BAR = 8, LOSS_TEXT = 160 };

static const char *bar(char *to, int cells, double learned)
{
    for (int i = 0; i < cells; i++) to[i] = i < (int)(learned * cells + 0.5) ? '#' : '.';
    to[cells] = 0;
    return to;
}

/* The forms of "loss 5.61 [nothing learned 6.93 ######.... floor 4.93] 66% learning". */
static void loss_forms(char form[4][LOSS_TEXT], const akin_train_progress *p)
{
    const double start = p->permuted < p->chance ? p->permuted : p->chance; /* permuted may be NaN */
    char cells[LONG_BAR + 1];
    if (!isfinite(p->floor)) {
        text_of(form[0], LOSS_TEXT, "loss %.4f [nothing learned %.4f] %s", p->loss, start, p->verdict);
        for (int i = 1; i < 3; i++) text_of(form[i], LOSS_TEXT, "loss %.4f %s", p->loss, p->verdict);
    } else {
        const double share = 100 * p->learned;
        text_of(form[0], LOSS_TEXT, "loss %.4f [nothing learned %.3f %s floor %.3f] %.0f%% %s", p->loss,
                start, bar(cells, LONG_BAR, p->learned), p->floor, share, p->verdict);
        text_of(form[1], LOSS_TEXT, "loss %.4f [%s] %.0f%% %s", p->loss, bar(cells, SHORT_BAR, p->learned),
                share, p->verdict);
        text_of(form[2], LOSS_TEXT, "loss %.4f %.0f%% %s", p->loss, share, p->verdict);
    }
    text_of(form[3], LOSS_TEXT, "loss %.4f", p->loss);
}

const char *cli_progress_line(const akin_train_progress *p, int columns, char to[CLI_PROGRESS_LINE])
{
    char epoch[48], step[2][64], loss[4][LOSS_TEXT], speed[96], wait[48], left[2][48], bare[32];
    text_of(epoch, sizeof epoch, "epoch %lld/%lld", (long long)p->epoch, (long long)p->epochs);
    text_of(step[0], sizeof step[0], "step %lld/%lld", (long long)p->step, (long long)p->steps);
    text_of(step[1], sizeof step[1], "%lld/%lld", (long long)p->step, (long long)p->steps);
    loss_forms(loss, p);
    text_of(bare, sizeof bare, "%.4f", p->loss);
    text_of(speed, sizeof speed, "%.0f %s/s", p->samples_per_s, p->unit);
    text_of(wait, sizeof wait, "data-wait %.1f%%", 100 * p->data_wait_frac);
    clock_text(left[1], sizeof left[1], p->left_s);
    text_of(left[0], sizeof left[0], "left %s", left[1]);
    const cli_part parts[] = {
        { { epoch, "" }, { 3 } },
        { { step[0], step[1] }, { 7 } },
        { { loss[0], loss[1], loss[2], loss[3], bare }, { 2, 5, 6, 8 } },
        { { speed, "" }, { 4 } },
        { { wait, "" }, { 1 } },
        { { left[0], left[1] }, { 9 } },
    };
    return cli_fit_line(parts, sizeof parts / sizeof *parts, columns, to, CLI_PROGRESS_LINE);
}
