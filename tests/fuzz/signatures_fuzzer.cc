// SPDX-License-Identifier: Apache-2.0
//
// Any text as a file of signatures: what is converted must be YAML that the loader can read, and
// whatever the loader refuses is refused for its content, not for its form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "detectors/base/yaml.h"
#include "detectors/sigma/rule_set.h"
#include "tools/signatures/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const signatures::SignatureFile files[] = {
        {"some.rules", std::string(reinterpret_cast<const char*>(data), size)}};
    const signatures::Imported imported = signatures::import_signatures(files, {"10.0.0.0/8"});
    const std::string& rules = imported.documents.front();
    if (imported.converted > imported.active) std::abort();
    if (yaml::parse(rules).problem) std::abort();
    const sigma::SourceFile sources[] = {{"rules.yml", rules}};
    (void)sigma::load_rules(sources, {});
    return 0;
}
