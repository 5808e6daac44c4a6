#pragma once

// What a token allows, and which RPC needs what: the only table of it. Pure, any thread.

#include <optional>
#include <string_view>
#include <vector>

namespace lab {

// Each holds the ones before it.
enum class Scope {
  kView,   // look: the queue, series, logs, files of jobs, the machine
  kRun,    // make the machine work: submit, steer jobs, generate
  kAdmin,  // what cannot be taken back: delete, end labd
};

// "view", "run", "admin". And back; nullopt for another word.
std::string_view ScopeWord(Scope scope);
std::optional<Scope> ScopeOfWord(std::string_view word);

struct RpcScope {
  std::string_view path;  // "/lab.v1.JobService/GetJob", as it stands in a call
  Scope scope;
};

// One row for each RPC that another machine may call. An RPC without a row is refused there.
const std::vector<RpcScope>& RpcScopes();

// The scope that `path` needs; nullopt: not open to other machines.
std::optional<Scope> RequiredScope(std::string_view path);

}  // namespace lab
