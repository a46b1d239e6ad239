// SPDX-License-Identifier: Apache-2.0
//
// persandian: the one command line tool. Each subcommand is a file beside this one.
#include <cstdio>

#include "tools/persandian/cli.h"

int main(int argc, char** argv) {
    using namespace persandian::cli;
    CLI::App program(
        "Inspect traffic and logs with Sigma rules; review and verify signed incidents.",
        "persandian");
    program.set_version_flag("-V,--version", "persandian " PERSANDIAN_VERSION);
    program.require_subcommand(1);
    program.failure_message(CLI::FailureMessage::help);
    add_commands(program);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = program.exit(error);
        return code == 0 ? ok : usage;
    } catch (const Exit& exit) {
        return exit.code;
    } catch (const Failure& failure) {
        std::fprintf(stderr, "persandian: %s\n", failure.what());
        return failure.code;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "persandian: %s\n", error.what());
        return failed;
    }
    return ok;
}
