#pragma once

// A small catalog for tests of forms.

#include <string>

#include "lab/v1/catalog.pb.h"

namespace lab::gui {

inline v1::Field* addField(v1::JobType* type, const std::string& name, const std::string& kind,
                           const std::string& fallback) {
  v1::Field* field = type->add_fields();
  field->set_name(name);
  field->set_type(kind);
  field->set_default_value(fallback);
  field->set_help("about " + name);
  return field;
}

inline v1::Catalog formCatalog() {
  v1::Catalog catalog;
  v1::JobType* pretrain = catalog.add_job_types();
  pretrain->set_name("pretrain");
  pretrain->set_title("Pretrain a GPT");
  v1::Field* preset = addField(pretrain, "model.preset", "string", "nano");
  for (const char* choice : {"nano", "small", "custom"}) preset->add_choices(choice);
  addField(pretrain, "model.layers", "int", "")->set_optional(true);
  addField(pretrain, "model.tie_embeddings", "bool", "")->set_optional(true);
  addField(pretrain, "model.attention", "string", "fused")->set_advanced(true);
  addField(pretrain, "data.corpus", "string", "stories")->set_path(true);
  addField(pretrain, "data.validation.corpus", "string", "");
  addField(pretrain, "optim.learning_rate", "float", "0.001")->set_live(true);
  addField(pretrain, "evaluate.every", "int", "auto")->set_auto_(true);
  addField(pretrain, "sample.prompt", "string", "Once");
  addField(pretrain, "observe.metrics", "list", "[]");
  addField(pretrain, "seed", "int", "1");
  v1::JobType* tokenize = catalog.add_job_types();
  tokenize->set_name("tokenize");
  tokenize->set_title("Tokenise a corpus");
  addField(tokenize, "data.corpus", "string", "stories");
  v1::Preset* ready = catalog.add_presets();
  ready->set_name("first_run");
  ready->set_kind("job");
  ready->set_text("# Stories.\ntype: pretrain\nmodel: {preset: small}\n");
  return catalog;
}

}  // namespace lab::gui
