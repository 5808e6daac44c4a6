#pragma once

// What a job left on the disk, with sizes; one of them can be saved on this machine. GUI thread.

#include <memory>

#include "gui/models/download.h"
#include "gui/models/job_texts.h"
#include "gui/models/lab.h"
#include "gui/widgets/job_view.h"

class QLabel;
class QPushButton;
class QTableWidget;

namespace lab::gui {

class ShareBar;
class Faces;

class JobArtifactsView : public JobView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobArtifactsView(Lab* lab, QWidget* parent = nullptr);

  void setJob(int64_t id) override;

 private:
  void show();
  // The artifact of the chosen row; nullptr for none.
  const v1::Artifact* chosen() const;
  void askWhere();
  void save(const QString& target);
  void saved(const absl::Status& status);

  Lab* lab_;
  JobTexts texts_;
  Faces* faces_;
  QTableWidget* rows_;
  QPushButton* save_;
  QPushButton* stop_;
  ShareBar* bar_;
  QLabel* said_;
  std::unique_ptr<Download> download_;
};

}  // namespace lab::gui
