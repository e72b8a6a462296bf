#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Print the attributes of a netlink spec as C tables, for spec.h.

    tests/fuzz/spec.py SPEC.yaml

The fuzzer so knows what the protocol knows, and grows with it.
"""
import sys

import yaml

KINDS = {"u32": "KIND_U32", "u64": "KIND_U64", "string": "KIND_STRING", "nest": "KIND_NEST",
         "binary": "KIND_BINARY", "pad": "KIND_BINARY"}


def main(path):
    with open(path, encoding="utf-8") as f:
        spec = yaml.safe_load(f)
    consts = {d["name"]: d["value"] for d in spec["definitions"] if d["type"] == "const"}
    sets = spec["attribute-sets"]
    place = {s["name"]: i for i, s in enumerate(sets)}

    def number(checks, key, otherwise):
        value = checks.get(key, otherwise)
        return consts.get(value, value)

    print('#include "spec.h"\n')
    for s in sets:
        print(f"static const struct spec_attr {s['name'].replace('-', '_')}[] = {{")
        for a in s["attributes"]:
            checks = a.get("checks", {})
            low, high = number(checks, "min", 0), number(checks, "max", 0xffffffff)
            if a["type"] == "string":
                high = number(checks, "max-len", 63)
            nested = place[a["nested-attributes"]] if a["type"] == "nest" else 0
            print(f"\t{{ {KINDS[a['type']]}, {nested}, {low}u, {high}u }},\t/* {a['name']} */")
        print("};\n")
    print("const struct spec_set spec_sets[] = {")
    for s in sets:
        print(f"\t{{ {s['name'].replace('-', '_')}, {len(s['attributes'])} }},")
    print("};")
    print(f"const unsigned int spec_n_sets = {len(sets)};")


if __name__ == "__main__":
    main(sys.argv[1])
