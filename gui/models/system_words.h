#pragma once

// The machine, the daemon and the disk in words, as labctl system and labctl storage tell them.
// Pure.

#include <vector>

#include "gui/models/words.h"
#include "lab/v1/catalog.pb.h"
#include "lab/v1/storage.pb.h"
#include "lab/v1/system.pb.h"

namespace lab::gui {

std::vector<Fact> machineFacts(const v1::System& system, const v1::Catalog& catalog);
std::vector<Fact> daemonFacts(const v1::System& system, const v1::Catalog& catalog);
// By kind, and the whole; what is limited is told with its limit.
std::vector<Fact> storageFacts(const v1::Storage& storage);
// The tone of a finding's verdict.
Tone findingTone(const v1::Finding& finding);

}  // namespace lab::gui
