#pragma once

// What the present labd's worker can do: job types with their schemas, presets, ready runs,
// devices. Asked once a link. GUI thread.

#include <QObject>

#include "gui/session/lab_session.h"

namespace lab::gui {

class CatalogModel : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit CatalogModel(LabSession* session, QObject* parent = nullptr);

  // Asks again, after a failure.
  void refresh();

  bool loaded() const { return loaded_; }
  const v1::Catalog& catalog() const { return catalog_; }
  // Why there is none, if labd refused.
  const absl::Status& status() const { return status_; }
  // nullptr if the worker does not know it.
  const v1::JobType* type(std::string_view name) const;
  const v1::Preset* preset(std::string_view name) const;
  const v1::MetricSpec* metric(std::string_view name) const;

 Q_SIGNALS:
  void changed();

 private:
  LabSession* session_;
  v1::Catalog catalog_;
  absl::Status status_;
  bool loaded_ = false;
};

}  // namespace lab::gui
