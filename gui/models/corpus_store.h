#pragma once

// The corpora that labd knows, and what is done to them. GUI thread.

#include <QObject>
#include <functional>
#include <optional>
#include <vector>

#include "gui/session/lab_session.h"

namespace lab::gui {

class CorpusStore : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit CorpusStore(LabSession* session, QObject* parent = nullptr);

  // In the manifest's order, then in the order of their registration.
  const std::vector<v1::Corpus>& corpora() const { return corpora_; }
  const v1::Corpus* find(const std::string& name) const;
  bool loaded() const { return loaded_; }
  // Why the last list could not be had.
  const absl::Status& status() const { return status_; }
  void refresh();

  // Registers a file of labd's machine. `done` hears how it went, after the list is fresh or
  // refused.
  void add(const QString& path, const QString& name,
           std::function<void(const absl::StatusOr<v1::Corpus>&)> done);
  // Forgets one; its file stays.
  void remove(const std::string& name, std::function<void(const absl::Status&)> done);
  // Registers the file as it is now, under the same name.
  void renew(const v1::Corpus& corpus, std::function<void(const absl::StatusOr<v1::Corpus>&)> done);
  void preview(const std::string& name, int documents,
               std::function<void(const absl::StatusOr<v1::CorpusPreview>&)> done);

 Q_SIGNALS:
  void changed();

 private:
  LabSession* session_;
  std::vector<v1::Corpus> corpora_;
  bool loaded_ = false;
  bool wanted_ = false;  // somebody looks: asked again on each link
  absl::Status status_;
  int number_ = 0;  // of refresh: older answers are dropped
};

}  // namespace lab::gui
