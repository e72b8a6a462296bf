/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of the module as JSON, in one shape everywhere. */
#ifndef TWILL_CTL_JSON_H
#define TWILL_CTL_JSON_H

#include <json-c/json.h>

#include "nl.h"

struct json_object *json_task(const struct twnl_task *task);
struct json_object *json_job(const struct twnl_job *job);
struct json_object *json_gate(const struct twnl_gate *gate);
struct json_object *json_cap(const struct twnl_cap *cap);
struct json_object *json_cluster(const struct twnl_cluster *cluster);
struct json_object *json_agent(const struct twnl_agent *agent);
struct json_object *json_budget(const struct twnl_budget *budget);

void json_put_string(struct json_object *to, const char *key, const char *value);
void json_put_number(struct json_object *to, const char *key, uint64_t value);

/** json_print() - one line on standard output; drops the reference */
void json_print(struct json_object *object);

/** json_event() - member "event" of monitor's lines: its kind and numbers */
struct json_object *json_event(const struct twnl_event *event);

#endif
