#include "gui/pages/checkpoints_page.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QMenu>
#include <QMessageBox>
#include <QShortcut>
#include <QTimer>
#include <QTreeView>

#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 5000;  // a run that goes on writes new ones
constexpr int kOpenRuns = 3;    // newest runs that are open at first

}  // namespace

CheckpointsPage::CheckpointsPage(Lab* lab)
    : Page(lab),
      tree_(&lab->checkpoints, &lab->jobs),
      storage_(&lab->session),
      export_(&lab->session) {
  makeHead(tr("Checkpoints"));
  makeActions();
  body()->addWidget(makeExport());
  auto* card = new Card({}, this);
  view_ = makeTree(&tree_, tr("checkpoints"), CheckpointTree::kName, card);
  view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  card->body()->addWidget(view_);
  faces_ = new Faces(card, this);
  body()->addWidget(faces_, 1);
  auto* remove = new QShortcut(QKeySequence::Delete, view_);
  remove->setContext(Qt::WidgetShortcut);
  connect(remove, &QShortcut::activated, this, &CheckpointsPage::askRemove);
  connect(view_, &QTreeView::activated, this, &CheckpointsPage::generate);
  connect(&tree_, &QAbstractItemModel::modelAboutToBeReset, this, &CheckpointsPage::keepPlace);
  connect(&tree_, &QAbstractItemModel::modelReset, this, &CheckpointsPage::restorePlace);
  connect(&lab->checkpoints, &CheckpointStore::changed, this, &CheckpointsPage::showList);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &CheckpointsPage::showList);
  connect(&lab->jobs, &JobStore::changed, this, &CheckpointsPage::showActions);
  connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &CheckpointsPage::showActions);
  connect(&export_, &JobExport::changed, this, &CheckpointsPage::showExport);
  connect(&export_, &JobExport::finished, this, [this](const absl::Status& status) {
    Q_EMIT said(status.ok() ? tr("job %1 is in %2, %3")
                                  .arg(QString::number(export_.job()), export_.file(),
                                       bytes(export_.bytes_done()))
                            : q(status.message()));
  });
  again_ = new QTimer(this);
  again_->setInterval(kAgainMs);
  connect(again_, &QTimer::timeout, this, [this] {
    if (isVisible()) this->lab().checkpoints.refresh();
  });
  restorePlace();
  showList();
  showExport();
}

void CheckpointsPage::makeActions() {
  remove_ = makeButton(tr("Delete…"), "danger", this);
  remove_->setToolTip(tr("Del"));
  connect(remove_, &QPushButton::clicked, this, &CheckpointsPage::askRemove);
  save_ = makeButton(tr("Export"), "", this);
  auto* menu = new QMenu(save_);
  using Request = v1::ExportJobsRequest;
  const std::pair<QString, Request::Checkpoints> kinds[] = {
      {tr("Run with all checkpoints…"), Request::ALL},
      {tr("Run with weights only…"), Request::WEIGHTS},
      {tr("Run without checkpoints…"), Request::NONE}};
  for (const auto& [text, kind] : kinds) {
    QAction* action = menu->addAction(text);
    connect(action, &QAction::triggered, this, [this, kind = kind] { chooseFile(kind); });
  }
  save_->setMenu(menu);
  resume_ = makeButton(tr("Resume"), "", this);
  connect(resume_, &QPushButton::clicked, this, &CheckpointsPage::resume);
  generate_ = makeButton(tr("Generate"), "primary", this);
  generate_->setToolTip(tr("Return"));
  connect(generate_, &QPushButton::clicked, this, &CheckpointsPage::generate);
  for (QPushButton* button : {remove_, save_, resume_, generate_}) actions()->addWidget(button);
}

QWidget* CheckpointsPage::makeExport() {
  exporting_ = new QWidget(this);
  auto* row = new QHBoxLayout(exporting_);
  row->setContentsMargins(0, 0, 0, 0);
  export_words_ = makeLabel({}, "dim", exporting_);
  row->addWidget(export_words_);
  export_bar_ = new ShareBar(tr("export"), exporting_);
  row->addWidget(export_bar_, 1);
  auto* cancel = makeButton(tr("Cancel"), "", exporting_);
  connect(cancel, &QPushButton::clicked, this, [this] {
    export_.cancel();
    Q_EMIT said(tr("the export is cancelled; no file was left"));
  });
  row->addWidget(cancel);
  return exporting_;
}

void CheckpointsPage::visit(const Route& route) {
  lab().checkpoints.refresh();
  again_->start();
  if (route.job > 0) view_->setCurrentIndex(tree_.find(QString::number(route.job)));
}

bool CheckpointsPage::settled() const { return lab().checkpoints.loaded(); }

bool CheckpointsPage::failed() const { return faces_->face() == Faces::Face::kError; }

QStringList CheckpointsPage::selected() const {
  QStringList references;
  auto add = [&references](const QString& reference) {
    if (!references.contains(reference)) references << reference;
  };
  for (const QModelIndex& index : view_->selectionModel()->selectedRows()) {
    if (tree_.checkpoint(index) != nullptr) add(tree_.reference(index));
    for (int i = 0; i < tree_.rowCount(index); ++i) {
      add(tree_.reference(tree_.index(i, 0, index)));
    }
  }
  return references;
}

void CheckpointsPage::showList() {
  showActions();
  const CheckpointStore& store = lab().checkpoints;
  if (tree_.run_count() > 0) {
    setFacts(tr("%1 checkpoints of %2 runs, %3")
                 .arg(grouped(tree_.checkpointCount()), grouped(tree_.run_count()),
                      bytes(tree_.sizeBytes())));
    return faces_->showContent();
  }
  setFacts({});
  if (!store.status().ok()) {
    return faces_->showError(tr("The checkpoints could not be listed"), store.status(), [this] {
      lab().jobs.refresh();
      lab().checkpoints.refresh(true);
    });
  }
  if (!store.loaded()) return faces_->showLoading();
  faces_->showEmpty(tr("No run has written a checkpoint yet."), tr("New run"),
                    [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
}

void CheckpointsPage::showActions() {
  const QModelIndex index = view_->currentIndex();
  const bool one = index.isValid();
  const v1::Job* job = one ? lab().jobs.find(tree_.jobOf(index)) : nullptr;
  generate_->setEnabled(one);
  save_->setEnabled(job != nullptr && !export_.running());
  remove_->setEnabled(!selected().isEmpty());
  const KnownCheckpoint* checkpoint = tree_.checkpoint(index);
  const bool full = checkpoint == nullptr || checkpoint->checkpoint.kind() == "full";
  const bool last = checkpoint == nullptr || tree_.newest(index);
  const bool same =
      job != nullptr && last && JobActions::fits(JobActions::Verb::kResume, job->state());
  resume_->setText(same ? tr("Resume") : tr("Resume as a new job"));
  resume_->setToolTip(full ? QString()
                           : tr("Its trainer state is gone: only its weights are kept."));
  resume_->setEnabled(job != nullptr && full && (same || checkpoint != nullptr));
}

void CheckpointsPage::resume() {
  const QModelIndex index = view_->currentIndex();
  const v1::Job* job = lab().jobs.find(tree_.jobOf(index));
  if (job == nullptr) return;
  const bool last = tree_.checkpoint(index) == nullptr || tree_.newest(index);
  if (last && JobActions::fits(JobActions::Verb::kResume, job->state())) {
    return lab().actions.act(JobActions::Verb::kResume, job->id());
  }
  v1::DuplicateJobRequest request;
  request.set_job_id(job->id());
  request.add_overrides("resume=" + utf8(tree_.reference(index)));
  lab().actions.duplicate(std::move(request));
}

void CheckpointsPage::generate() {
  const QModelIndex index = view_->currentIndex();
  if (index.isValid()) Q_EMIT go({QStringLiteral("generate"), 0, tree_.reference(index)});
}

void CheckpointsPage::chooseFile(v1::ExportJobsRequest::Checkpoints checkpoints) {
  const int64_t job = tree_.jobOf(view_->currentIndex());
  if (job == 0) return;
  const QString file = QFileDialog::getSaveFileName(this, tr("Export job %1").arg(job),
                                                    QStringLiteral("job-%1.lab.tar").arg(job));
  if (!file.isEmpty()) export_.start(job, checkpoints, file);
}

void CheckpointsPage::showExport() {
  exporting_->setVisible(export_.running());
  showActions();
  if (!export_.running()) return;
  if (export_.bytes_expected() > 0) {
    export_bar_->setShare(static_cast<double>(export_.bytes_done()) /
                          static_cast<double>(export_.bytes_expected()));
  } else {
    export_bar_->setUnknown();
  }
  export_words_->setText(
      tr("job %1 → %2, %3")
          .arg(QString::number(export_.job()), export_.file(), bytes(export_.bytes_done())));
}

void CheckpointsPage::askRemove() {
  const QStringList references = selected();
  if (references.isEmpty()) return;
  v1::PruneStorageRequest request;
  for (const QString& reference : references) request.add_checkpoints(utf8(reference));
  storage_.plan(request, [this, references](const absl::StatusOr<v1::PruneStorageResponse>& plan) {
    if (!plan.ok()) return Q_EMIT said(q(plan.status().message()));
    auto* box = new QMessageBox(this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    const QString what = plan->items_size() == 1
                             ? tr("this checkpoint")
                             : tr("these %1 checkpoints").arg(grouped(plan->items_size()));
    box->setText(tr("Delete %1? This frees %2.").arg(what, bytes(plan->freed_bytes())));
    QStringList lines = pruneLines(*plan);
    for (const std::string& note : plan->notes()) lines << q(note);
    lines << tr("Their curves and samples stay.");
    box->setInformativeText(lines.join(QLatin1Char('\n')));
    QPushButton* agree = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
    QPushButton* keep = box->addButton(tr("Keep"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    box->setEscapeButton(keep);
    connect(agree, &QPushButton::clicked, this, [this, references] { remove(references); });
    box->open();
  });
}

void CheckpointsPage::remove(const QStringList& references) {
  v1::PruneStorageRequest request;
  for (const QString& reference : references) request.add_checkpoints(utf8(reference));
  storage_.prune(request, [this](const absl::StatusOr<v1::PruneStorageResponse>& done) {
    lab().checkpoints.refresh(true);
    Q_EMIT said(done.ok() ? tr("freed %1").arg(bytes(done->freed_bytes()))
                          : q(done.status().message()));
  });
}

void CheckpointsPage::keepPlace() {
  open_.clear();
  for (int row = 0; row < tree_.rowCount(); ++row) {
    const QModelIndex run = tree_.index(row, 0);
    if (view_->isExpanded(run)) open_ << tree_.reference(run);
  }
  current_ = tree_.reference(view_->currentIndex());
}

void CheckpointsPage::restorePlace() {
  for (int row = 0; row < tree_.rowCount(); ++row) {
    const QModelIndex run = tree_.index(row, 0);
    view_->setExpanded(run, first_ ? row < kOpenRuns : open_.contains(tree_.reference(run)));
  }
  QModelIndex place = tree_.find(current_);
  if (!place.isValid() && tree_.rowCount() > 0) place = tree_.index(0, 0, tree_.index(0, 0));
  if (place.isValid()) view_->setCurrentIndex(place);
  first_ = first_ && tree_.rowCount() == 0;
}

}  // namespace lab::gui
