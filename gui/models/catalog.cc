#include "gui/models/catalog.h"

namespace lab::gui {

CatalogModel::CatalogModel(LabSession* session, QObject* parent)
    : QObject(parent), session_(session) {
  connect(session, &LabSession::linked, this, &CatalogModel::refresh);
}

void CatalogModel::refresh() {
  session_->ask(
      this, [](const LabClient& client) { return client.GetCatalog(); },
      [this](absl::StatusOr<v1::Catalog> catalog) {
        status_ = catalog.status();
        loaded_ = loaded_ || catalog.ok();
        if (catalog.ok()) catalog_ = *std::move(catalog);
        Q_EMIT changed();
      });
}

const v1::JobType* CatalogModel::type(std::string_view name) const {
  for (const v1::JobType& type : catalog_.job_types()) {
    if (type.name() == name) return &type;
  }
  return nullptr;
}

const v1::Preset* CatalogModel::preset(std::string_view name) const {
  for (const v1::Preset& preset : catalog_.presets()) {
    if (preset.name() == name) return &preset;
  }
  return nullptr;
}

const v1::MetricSpec* CatalogModel::metric(std::string_view name) const {
  for (const v1::JobType& type : catalog_.job_types()) {
    for (const v1::MetricSpec& metric : type.metrics()) {
      if (metric.name() == name) return &metric;
    }
  }
  return nullptr;
}

}  // namespace lab::gui
