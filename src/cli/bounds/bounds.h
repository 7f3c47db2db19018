/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bounds/bounds.h - what `akin bounds` and `akin train --bounds` share: two views of a run's items, and
 * rows as JSON. */
#ifndef AK_CLI_BOUNDS_BOUNDS_H
#define AK_CLI_BOUNDS_BOUNDS_H

#include "command/command.h"

#include "akin/tool/images.h"
#include "akin/theory.h"
#include "akin/model.h"
#include "akin/tool/subject.h"

akin_bound_input cli_views_input(const akin_view_pair *v);

akin_json *cli_bound_json(const akin_bound_row *row);
/* Of `akin bounds` and `train --bounds`: AKIN_ERR_ARGUMENT for a name that no paper has. */
akin_status cli_bounds_check(const char *list, akin_error *err);

#endif
