/* SPDX-License-Identifier: Apache-2.0 */
/* report/diagnosis.h - the section on diagnose.json. */
#ifndef AK_REPORT_DIAGNOSIS_H
#define AK_REPORT_DIAGNOSIS_H

#include "report/run.h"

/* Nothing when the folder has no diagnose.json. */
void ak_page_diagnosis(ak_html *h, const ak_run *run);

#endif
