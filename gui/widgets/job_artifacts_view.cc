#include "gui/widgets/job_artifacts_view.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableWidget>

#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

JobArtifactsView::JobArtifactsView(Lab* lab, QWidget* parent)
    : JobView(parent), lab_(lab), texts_(&lab->session) {
  auto* column = new QVBoxLayout(this);
  auto* content = new QWidget(this);
  auto* inside = new QVBoxLayout(content);
  inside->setContentsMargins(0, 0, 0, 0);
  rows_ = new QTableWidget(0, 4, content);
  rows_->setHorizontalHeaderLabels({tr("Name"), tr("Kind"), tr("Size"), tr("Where labd has it")});
  rows_->setAccessibleName(tr("Artifacts"));
  rows_->verticalHeader()->hide();
  rows_->setShowGrid(false);
  rows_->setProperty("role", QStringLiteral("table"));
  rows_->setSelectionBehavior(QAbstractItemView::SelectRows);
  rows_->setSelectionMode(QAbstractItemView::SingleSelection);
  rows_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  rows_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  rows_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  rows_->horizontalHeader()->setStretchLastSection(true);
  inside->addWidget(rows_, 1);
  auto* foot = new QHBoxLayout;
  save_ = makeButton(tr("Save…"), "", content);
  connect(save_, &QPushButton::clicked, this, &JobArtifactsView::askWhere);
  foot->addWidget(save_);
  bar_ = new ShareBar(tr("download"), content);
  bar_->setMaximumWidth(160);
  bar_->hide();
  foot->addWidget(bar_);
  stop_ = makeButton(tr("Stop"), "", content);
  stop_->hide();
  connect(stop_, &QPushButton::clicked, this, [this] {
    download_.reset();
    saved(absl::CancelledError("stopped; nothing was kept"));
  });
  foot->addWidget(stop_);
  said_ = makeLabel({}, "dim", content);
  foot->addWidget(said_, 1);
  inside->addLayout(foot);
  faces_ = new Faces(content, this);
  column->addWidget(faces_);
  connect(rows_, &QTableWidget::itemSelectionChanged, this,
          [this] { save_->setEnabled(chosen() != nullptr && download_ == nullptr); });
  connect(&texts_, &JobTexts::changed, this, &JobArtifactsView::show);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &JobArtifactsView::show);
  connect(&texts_, &JobTexts::failed, this, [this](const absl::Status& status) {
    faces_->showError(tr("The artifacts could not be listed"), status,
                      [this] { texts_.readArtifacts(); });
  });
  connect(&lab->session, &LabSession::linked, this, [this] { texts_.readArtifacts(); });
  connect(&lab->jobs, &JobStore::ended, this, [this](const v1::Job& job) {
    if (job.id() == texts_.job()) texts_.readArtifacts();
  });
}

void JobArtifactsView::setJob(int64_t id) {
  const bool same = id == texts_.job();
  texts_.setJob(id);
  if (id == 0) return;
  if (!same) faces_->showLoading();
  // A running job may have left more since.
  texts_.readArtifacts();
}

void JobArtifactsView::show() {
  if (!texts_.artifacts()) return;
  const auto& artifacts = texts_.artifacts()->artifacts();
  if (artifacts.empty()) return faces_->showEmpty(tr("The job has left no files yet."));
  rows_->setRowCount(artifacts.size());
  for (int row = 0; row < artifacts.size(); ++row) {
    const v1::Artifact& artifact = artifacts[row];
    const QString cells[] = {q(artifact.name()), q(artifact.kind()), bytes(artifact.size_bytes()),
                             q(artifact.path())};
    for (int column = 0; column < 4; ++column) {
      auto* item = new QTableWidgetItem(cells[column]);
      if (column == 2) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      rows_->setItem(row, column, item);
    }
  }
  save_->setEnabled(chosen() != nullptr && download_ == nullptr);
  faces_->showContent();
}

const v1::Artifact* JobArtifactsView::chosen() const {
  const QList<QTableWidgetItem*> items = rows_->selectedItems();
  if (items.isEmpty() || !texts_.artifacts()) return nullptr;
  const int row = items.first()->row();
  return row < texts_.artifacts()->artifacts_size() ? &texts_.artifacts()->artifacts(row) : nullptr;
}

void JobArtifactsView::askWhere() {
  const v1::Artifact* artifact = chosen();
  if (artifact == nullptr) return;
  auto* dialog = new QFileDialog(this, tr("Save %1").arg(q(artifact->name())));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->selectFile(tr("job-%1-%2").arg(texts_.job()).arg(q(artifact->name())));
  connect(dialog, &QFileDialog::fileSelected, this, &JobArtifactsView::save);
  dialog->open();
}

void JobArtifactsView::save(const QString& target) {
  const v1::Artifact* artifact = chosen();
  if (artifact == nullptr) return;
  download_ = std::make_unique<Download>(&lab_->session, texts_.job(), artifact->name(),
                                         artifact->size_bytes(), target);
  connect(download_.get(), &Download::progressed, this,
          [this](double fraction) { bar_->setShare(fraction); });
  connect(download_.get(), &Download::finished, this, &JobArtifactsView::saved,
          Qt::QueuedConnection);
  bar_->setShare(0);
  bar_->show();
  stop_->show();
  save_->setEnabled(false);
  setTone(said_, Tone::kPlain);
  said_->setText(tr("Saving %1").arg(target));
}

void JobArtifactsView::saved(const absl::Status& status) {
  const QString target = download_ == nullptr ? QString() : download_->target();
  download_.reset();
  bar_->hide();
  stop_->hide();
  save_->setEnabled(chosen() != nullptr);
  setTone(said_, status.ok() ? Tone::kGood : Tone::kBad);
  said_->setText(status.ok() ? tr("Saved as %1").arg(target) : q(status.message()));
}

}  // namespace lab::gui
