# SPDX-License-Identifier: Apache-2.0
"""Which log sources an event is of, read from rules/logsources as its README says.

For sigma_reference.py; shares nothing with the engine.
"""
import pathlib

import yaml

import sigma_reference
from sigma_reference import TextLoader


def as_list(value):
    return value if isinstance(value, list) else [value]


class Source:
    """One entry of a file."""

    def __init__(self, entry, defaults):
        self.name = tuple(str(entry.get(part) or "") for part in ("product", "category", "service"))
        self.prefixes = as_list(entry.get("prefixes") or defaults.get("prefixes") or [])
        self.fields = {**(defaults.get("fields") or {}), **(entry.get("fields") or {})}
        self.names = {}
        self.when = [[(field, self.test(wanted)) for field, wanted in alternative.items()]
                     for alternative in as_list(entry.get("when") or [])]

    @staticmethod
    def test(wanted):
        """None: absent. Else patterns of which one must fit."""
        if wanted is None:
            return None
        texts = [one.text if isinstance(one, sigma_reference.Written) else
                 sigma_reference.canonical(one) for one in as_list(wanted)]
        return [sigma_reference.pattern_regex(sigma_reference.parse_pattern(text), False) for text in texts]

    def candidates(self, field):
        """Names in the event, as lists of names joined by &; the first that is present counts."""
        if field not in self.names:
            out = []
            for one in as_list(self.fields.get(field, field)):
                out.append(one.split(" & "))
                if " & " not in one:
                    out += [[prefix + one] for prefix in self.prefixes]
            self.names[field] = out
        return self.names[field]

    def look_in(self, event):
        known = {}

        def look(field):
            if field not in known:
                known[field] = next(filter(None, ([value for name in joined for value in event.values(name)]
                                                  for joined in self.candidates(field))), [])
            return known[field]
        return look

    def claims(self, event):
        look = self.look_in(event)

        def meets(field, patterns):
            if field == "event_type" and not event.values(field):
                found = [sigma_reference.Value("log")]  # what a line of a log is without a type of its own
            elif field == "log.format":
                found = [sigma_reference.Value("json")]
            else:
                found = [value for value in look(field) if value.raw is not None]
            if patterns is None:
                return not found
            return any(pattern.fullmatch(value.folded) for value in found for pattern in patterns)
        return any(all(meets(*test) for test in alternative) for alternative in self.when)


class Sources:
    def __init__(self, folder):
        self.sources = []
        for file in sorted(pathlib.Path(folder).glob("*.yml")):
            for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=TextLoader):
                self.sources += [Source(entry, document) for entry in document["logsources"]]
        self.applicable = {}

    @staticmethod
    def applies(rule, source, all_of_event):
        """product, category and service that the rule names equal the source's; a service that the
        source of its category lacks may come from another source of the event."""
        product, category, service = rule.source
        if product not in ("", source.name[0]) or category not in ("", source.name[1]):
            return False
        if service in ("", source.name[2]):
            return True
        return bool(category) and not source.name[2] and any(other.name[2] == service for other in all_of_event)

    def matches(self, event, rules):
        """Ids of the rules that hold for the event under any of its log sources."""
        claimed = [i for i, source in enumerate(self.sources) if source.claims(event)]
        key = tuple(claimed)
        if key not in self.applicable:
            mine = [self.sources[i] for i in claimed]
            self.applicable[key] = [(source, [rule for rule in rules if self.applies(rule, source, mine)])
                                    for source in mine] or [(None, [rule for rule in rules if not any(rule.source)])]
        found = set()
        for source, chosen in self.applicable[key]:
            look = source.look_in(event) if source else event.plain
            found |= {rule.id for rule in chosen if rule.id not in found and rule.holds(event, look)}
        return found
