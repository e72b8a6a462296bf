/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of the module's objects, as large as they are. */
#ifndef TWILL_CTL_LISTS_H
#define TWILL_CTL_LISTS_H

#include "nl.h"

/*
 * Each stores an array that the caller frees, sorted by id, and returns the
 * number of objects; or a negative errno, with nothing stored.
 */
int list_tasks(struct twnl *nl, struct twnl_task **ret);
int list_jobs(struct twnl *nl, struct twnl_job **ret);
int list_caps(struct twnl *nl, struct twnl_cap **ret);
int list_clusters(struct twnl *nl, struct twnl_cluster **ret);
/* The gates, by accelerator */
int list_gates(struct twnl *nl, struct twnl_gate **ret);

#endif
