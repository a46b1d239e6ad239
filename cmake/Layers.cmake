# SPDX-License-Identifier: Apache-2.0
# Who may link and include whom. A room that is not named here does not build; tests/layers_test.py checks the
# #include lines against the same list (it reads this file).
set(persandian_may_use_detectors/base "")
set(persandian_may_use_detectors/event        detectors/base)
set(persandian_may_use_detectors/packet       detectors/base detectors/event)
set(persandian_may_use_detectors/flow         detectors/base detectors/event detectors/packet)
set(persandian_may_use_detectors/protocols    detectors/base detectors/event detectors/flow)
set(persandian_may_use_detectors/logs         detectors/base detectors/event)
set(persandian_may_use_detectors/sigma        detectors/base detectors/event detectors/sigma/modifiers)
set(persandian_may_use_detectors/sigma/modifiers detectors/base detectors/event)
set(persandian_may_use_detectors/correlation  detectors/base detectors/event)
set(persandian_may_use_detectors/suppression  detectors/base detectors/event detectors/sigma/modifiers)
set(persandian_may_use_detectors/incident     detectors/base detectors/event)
set(persandian_may_use_detectors/engine       detectors/base detectors/event detectors/packet detectors/flow
                                              detectors/protocols detectors/logs detectors/sigma
                                              detectors/correlation detectors/suppression detectors/incident)
set(persandian_may_use_daemon/config          detectors/base detectors/event detectors/flow detectors/incident)
set(persandian_may_use_daemon/sources         detectors/base detectors/event)
set(persandian_may_use_daemon/ledger          detectors/base detectors/incident)
set(persandian_may_use_daemon/review          detectors/base detectors/event detectors/incident daemon/ledger)
set(persandian_may_use_daemon/runtime         detectors/base detectors/event detectors/packet detectors/flow
                                              detectors/protocols detectors/logs detectors/sigma
                                              detectors/correlation detectors/suppression detectors/incident
                                              detectors/engine
                                              daemon/config daemon/sources daemon/ledger daemon/review)
set(persandian_may_use_tools/verify "")
set(persandian_may_use_tools/signatures detectors/base)
