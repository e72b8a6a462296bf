// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jsoncheck [PATH...]: standard input must be JSON texts, one a line, each
 * whole and with nothing after it. Prints what is found at each PATH, such as
 * tasks.0.pid, of each line. `tasks.#` is the length of an array.
 * Exit status 1 if a line is not JSON, a path leads nowhere, or there is no line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

static struct json_object *step(struct json_object *in, const char *key, int *length)
{
	struct json_object *found = NULL;

	if (!strcmp(key, "#") && json_object_is_type(in, json_type_array)) {
		*length = (int)json_object_array_length(in);
		return in;
	}
	if (json_object_is_type(in, json_type_array))
		return json_object_array_get_idx(in, (size_t)atoi(key));
	if (json_object_is_type(in, json_type_object))
		json_object_object_get_ex(in, key, &found);
	return found;
}

static int print_at(struct json_object *in, const char *path)
{
	char copy[256], *key, *rest = copy;
	int length = -1;

	snprintf(copy, sizeof(copy), "%s", path);
	while (in && (key = strsep(&rest, ".")))
		in = step(in, key, &length);
	if (!in) {
		fprintf(stderr, "jsoncheck: nothing at %s\n", path);
		return 1;
	}
	if (length >= 0)
		printf("%d\n", length);
	else
		puts(json_object_get_string(in));
	return 0;
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0, lines = 0;
	int bad = 0;

	while (getline(&line, &room, stdin) > 0) {
		struct json_tokener *tok = json_tokener_new_ex(32);
		struct json_object *root;

		line[strcspn(line, "\n")] = '\0';
		json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
		root = json_tokener_parse_ex(tok, line, (int)strlen(line) + 1);
		lines++;
		if (!root || json_tokener_get_error(tok) != json_tokener_success) {
			fprintf(stderr, "jsoncheck: not JSON: %s\n", line);
			bad = 1;
		}
		for (int i = 1; root && i < argc; i++)
			bad |= print_at(root, argv[i]);
		json_object_put(root);
		json_tokener_free(tok);
	}
	free(line);
	return bad || !lines;
}
