// SPDX-License-Identifier: Apache-2.0
//
// Well-known interfaces of Windows and their operations that matter to security, named as in their
// MS-… documents without "IDL_".
#include <algorithm>
#include <array>

#include "detectors/protocols/dcerpc_message.h"

namespace persandian::protocols::dcerpc {
namespace {

struct Endpoint {
    std::string_view uuid;
    std::string_view name;
};
constexpr auto endpoints = std::to_array<Endpoint>({
    {"e1af8308-5d1f-11c9-91a4-08002b14a0fa", "epmapper"},
    {"367abb81-9844-35f1-ad32-98f038001003", "svcctl"},
    {"12345778-1234-abcd-ef00-0123456789ac", "samr"},
    {"12345778-1234-abcd-ef00-0123456789ab", "lsarpc"},
    {"4b324fc8-1670-01d3-1278-5a47bf6ee188", "srvsvc"},
    {"e3514235-4b06-11d1-ab04-00c04fc2dcd2", "drsuapi"},
    {"1ff70682-0a51-30e8-076d-740be8cee98b", "atsvc"},
    {"86d35949-83c9-4044-b424-db363231fd0c", "ITaskSchedulerService"},
    {"338cd001-2244-31f1-aaaa-900038001003", "winreg"},
    {"6bffd098-a112-3610-9833-46c3f87e345a", "wkssvc"},
    {"12345678-1234-abcd-ef00-01234567cffb", "netlogon"},
    {"12345678-1234-abcd-ef00-0123456789ab", "spoolss"},
    {"99fcfec4-5260-101b-bbcb-00aa0021347a", "IObjectExporter"},
    {"c681d488-d850-11d0-8c52-00c04fd90f7e", "efsrpc"},
    {"df1941c5-fe89-4e79-bf10-463657acf44d", "efsrpc"},
    {"4fc742e0-4a10-11cf-8273-00aa004ae673", "dfsnm"},
    {"000001a0-0000-0000-c000-000000000046", "ISystemActivator"},
    {"4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", "IActivation"},
    {"9556dc99-828c-11cf-a37e-00aa003240c7", "IWbemServices"},
    {"afa8bd80-7d8a-11c9-bef4-08002b102989", "mgmt"},
});

struct Operation {
    std::string_view endpoint;
    unsigned opnum;
    std::string_view name;
};
constexpr auto operations = std::to_array<Operation>({
    {"epmapper", 2, "ept_lookup"},
    {"epmapper", 3, "ept_map"},
    {"svcctl", 1, "RControlService"},
    {"svcctl", 2, "RDeleteService"},
    {"svcctl", 11, "RChangeServiceConfigW"},
    {"svcctl", 12, "RCreateServiceW"},
    {"svcctl", 15, "ROpenSCManagerW"},
    {"svcctl", 16, "ROpenServiceW"},
    {"svcctl", 19, "RStartServiceW"},
    {"svcctl", 24, "RCreateServiceA"},
    {"samr", 6, "SamrEnumerateDomainsInSamServer"},
    {"samr", 11, "SamrEnumerateGroupsInDomain"},
    {"samr", 13, "SamrEnumerateUsersInDomain"},
    {"samr", 15, "SamrEnumerateAliasesInDomain"},
    {"samr", 25, "SamrGetMembersInGroup"},
    {"samr", 33, "SamrGetMembersInAlias"},
    {"samr", 36, "SamrQueryInformationUser"},
    {"samr", 37, "SamrSetInformationUser"},
    {"samr", 50, "SamrCreateUser2InDomain"},
    {"samr", 64, "SamrConnect5"},
    {"lsarpc", 14, "LsarLookupNames"},
    {"lsarpc", 15, "LsarLookupSids"},
    {"lsarpc", 42, "LsarRetrievePrivateData"},
    {"lsarpc", 44, "LsarOpenPolicy2"},
    {"srvsvc", 12, "NetrSessionEnum"},
    {"srvsvc", 14, "NetrShareAdd"},
    {"srvsvc", 15, "NetrShareEnum"},
    {"srvsvc", 16, "NetrShareGetInfo"},
    {"drsuapi", 0, "DRSBind"},
    {"drsuapi", 3, "DRSGetNCChanges"},
    {"drsuapi", 5, "DRSReplicaAdd"},
    {"drsuapi", 12, "DRSCrackNames"},
    {"drsuapi", 17, "DRSAddEntry"},
    {"atsvc", 0, "NetrJobAdd"},
    {"atsvc", 1, "NetrJobDel"},
    {"atsvc", 2, "NetrJobEnum"},
    {"ITaskSchedulerService", 1, "SchRpcRegisterTask"},
    {"ITaskSchedulerService", 12, "SchRpcRun"},
    {"ITaskSchedulerService", 13, "SchRpcDelete"},
    {"winreg", 2, "OpenLocalMachine"},
    {"winreg", 6, "BaseRegCreateKey"},
    {"winreg", 15, "BaseRegOpenKey"},
    {"winreg", 20, "BaseRegSaveKey"},
    {"winreg", 22, "BaseRegSetValue"},
    {"wkssvc", 2, "NetrWkstaUserEnum"},
    {"netlogon", 4, "NetrServerReqChallenge"},
    {"netlogon", 15, "NetrServerAuthenticate2"},
    {"netlogon", 26, "NetrServerAuthenticate3"},
    {"netlogon", 30, "NetrServerPasswordSet2"},
    {"spoolss", 65, "RpcRemoteFindFirstPrinterChangeNotificationEx"},
    {"spoolss", 89, "RpcAddPrinterDriverEx"},
    {"IObjectExporter", 0, "ResolveOxid"},
    {"IObjectExporter", 4, "ResolveOxid2"},
    {"IObjectExporter", 5, "ServerAlive2"},
    {"efsrpc", 0, "EfsRpcOpenFileRaw"},
    {"efsrpc", 4, "EfsRpcEncryptFileSrv"},
    {"dfsnm", 12, "NetrDfsAddStdRoot"},
    {"dfsnm", 13, "NetrDfsRemoveStdRoot"},
    {"ISystemActivator", 4, "RemoteCreateInstance"},
});

}  // namespace

std::string_view endpoint_name(std::string_view uuid) noexcept {
    const auto* const found = std::find_if(endpoints.begin(), endpoints.end(),
                                           [&](const Endpoint& e) { return e.uuid == uuid; });
    return found == endpoints.end() ? std::string_view{} : found->name;
}

std::string_view operation_name(std::string_view endpoint, unsigned opnum) noexcept {
    const auto* const found = std::find_if(
        operations.begin(), operations.end(),
        [&](const Operation& o) { return o.opnum == opnum && o.endpoint == endpoint; });
    return found == operations.end() ? std::string_view{} : found->name;
}

}  // namespace persandian::protocols::dcerpc
