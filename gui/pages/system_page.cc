#include "gui/pages/system_page.h"

#include <QHBoxLayout>
#include <QHideEvent>
#include <QScrollArea>
#include <QTabWidget>

#include "gui/models/system_words.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/log_view.h"
#include "gui/widgets/storage_cleaner.h"

namespace lab::gui {
namespace {

constexpr int kVerdictWidth = 76;

}  // namespace

SystemPage::SystemPage(Lab* lab) : Page(lab), storage_(&lab->session) {
  makeHead(tr("System"));
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  column->addWidget(makeMachine());
  auto* card = new Card({}, content);
  tabs_ = new QTabWidget(card);
  tabs_->addTab(makeStorage(), tr("Storage"));
  tabs_->addTab(makeLog(), tr("Log"));
  tabs_->addTab(makeHealth(), tr("Health"));
  card->body()->addWidget(tabs_);
  column->addWidget(card, 1);
  faces_ = new Faces(content, this);
  body()->addWidget(faces_, 1);
  connect(tabs_, &QTabWidget::currentChanged, this, &SystemPage::tabChosen);
  connect(&lab->session, &LabSession::systemChanged, this, &SystemPage::showSystem);
  connect(&lab->session, &LabSession::linked, this, [this] {
    diagnosed_ = false;
    storage_.refresh();
    if (isVisible()) tabChosen();
  });
  connect(&lab->catalog, &CatalogModel::changed, this, &SystemPage::showSystem);
  connect(&storage_, &StorageStore::changed, this, &SystemPage::showStorage);
  connect(&lab->preferences, &Preferences::unitsChanged, this, [this] {
    showSystem();
    showStorage();
  });
  showSystem();
}

QWidget* SystemPage::makeMachine() {
  auto* both = new QWidget(this);
  auto* row = new QHBoxLayout(both);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  auto* machine = new Card(tr("Machine"), both);
  machine_ = new FactGrid(FactGrid::Flow::kList, machine);
  machine->body()->addWidget(machine_);
  machine->body()->addStretch(1);
  auto addBar = [machine](const QString& name, ShareBar* bar) {
    machine->body()->addWidget(makeLabel(name, "caption", machine));
    machine->body()->addWidget(bar);
  };
  load_ = new ShareBar(tr("processor load"), machine);
  memory_ = new ShareBar(tr("memory in use"), machine);
  addBar(tr("processor load"), load_);
  addBar(tr("memory in use"), memory_);
  auto* daemon = new Card(tr("labd"), both);
  daemon_ = new FactGrid(FactGrid::Flow::kList, daemon);
  daemon->body()->addWidget(daemon_);
  daemon->body()->addStretch(1);
  row->addWidget(machine, 1);
  row->addWidget(daemon, 1);
  return both;
}

QWidget* SystemPage::makeStorage() {
  auto* content = new QWidget(this);
  auto* row = new QHBoxLayout(content);
  row->setContentsMargins(0, space::kGap, 0, 0);
  row->setSpacing(space::kWide);
  auto* left = new QVBoxLayout;
  kinds_ = new FactGrid(FactGrid::Flow::kList, content);
  left->addWidget(kinds_);
  left->addStretch(1);
  row->addLayout(left, 2);
  auto* cleaner = new StorageCleaner(&storage_, content);
  connect(cleaner, &StorageCleaner::said, this, &Page::said);
  connect(cleaner, &StorageCleaner::cleaned, this, [this] { lab().checkpoints.refresh(true); });
  row->addWidget(cleaner, 3);
  storage_faces_ = new Faces(content, this);
  return storage_faces_;
}

QWidget* SystemPage::makeLog() {
  log_ = new LogView(&lab().session, tr("labd's log"), tr("labd has written no log yet."), this);
  return log_;
}

QWidget* SystemPage::makeHealth() {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, space::kGap, 0, 0);
  auto* area = new QScrollArea(content);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->viewport()->setAutoFillBackground(false);
  auto* inside = new QWidget(area);
  findings_ = new QVBoxLayout(inside);
  findings_->setContentsMargins(0, 0, 0, 0);
  findings_->setSpacing(space::kSmall);
  area->setWidget(inside);
  inside->setAutoFillBackground(false);  // setWidget has set it
  column->addWidget(area, 1);
  auto* again = makeButton(tr("Look again"), "", content);
  connect(again, &QPushButton::clicked, this, &SystemPage::diagnose);
  column->addWidget(again, 0, Qt::AlignLeft);
  health_faces_ = new Faces(content, this);
  return health_faces_;
}

void SystemPage::visit(const Route& route) {
  storage_.refresh();
  const QString tabs[] = {QStringLiteral("storage"), QStringLiteral("log"),
                          QStringLiteral("health")};
  for (int i = 0; i < 3; ++i) {
    if (route.argument == tabs[i]) tabs_->setCurrentIndex(i);
  }
  tabChosen();
}

bool SystemPage::settled() const {
  const bool known = lab().session.system() != nullptr;
  const bool stored = storage_.storage().has_value() || !storage_.status().ok();
  return known && stored && !diagnosing_ && (!log_->log().job() || log_->log().loaded());
}

bool SystemPage::failed() const {
  return storage_faces_->face() == Faces::Face::kError || log_->face() == Faces::Face::kError ||
         health_faces_->face() == Faces::Face::kError;
}

void SystemPage::showSystem() {
  const v1::System* system = lab().session.system();
  if (system == nullptr) return faces_->showLoading();
  machine_->show(machineFacts(*system, lab().catalog.catalog()));
  daemon_->show(daemonFacts(*system, lab().catalog.catalog()));
  load_->setShare(system->processor_load());
  const int64_t used = system->memory_bytes() - system->memory_available_bytes();
  memory_->setShare(static_cast<double>(used) / static_cast<double>(system->memory_bytes()));
  setFacts(lab().session.title());
  faces_->showContent();
}

void SystemPage::showStorage() {
  if (!storage_.status().ok()) {
    return storage_faces_->showError(tr("The disk's use could not be had"), storage_.status(),
                                     [this] { storage_.refresh(); });
  }
  if (!storage_.storage()) return;
  kinds_->show(storageFacts(*storage_.storage()));
  storage_faces_->showContent();
}

void SystemPage::tabChosen() {
  const QWidget* tab = tabs_->currentWidget();
  if (tab == log_) {
    log_->follow(LogModel::kDaemon);
  } else {
    log_->log().stop();
  }
  if (tab == health_faces_ && !diagnosed_) diagnose();
}

void SystemPage::diagnose() {
  if (diagnosing_ || !lab().session.connected()) return;
  diagnosing_ = diagnosed_ = true;
  health_faces_->showLoading();
  storage_.diagnose([this](const absl::StatusOr<v1::DiagnoseResponse>& answer) {
    diagnosing_ = false;
    if (answer.ok()) return showFindings(*answer);
    health_faces_->showError(tr("The home could not be looked at"), answer.status(),
                             [this] { diagnose(); });
  });
}

void SystemPage::showFindings(const v1::DiagnoseResponse& answer) {
  clearLayout(findings_);
  for (const v1::Finding& finding : answer.findings()) {
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kGap);
    auto* verdict = makeLabel(q(finding.verdict()), "dim");
    setTone(verdict, findingTone(finding));
    verdict->setFixedWidth(kVerdictWidth);
    row->addWidget(verdict, 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    for (const auto& [said, role] :
         {std::pair{finding.message(), "row"}, std::pair{finding.advice(), "dim"}}) {
      if (said.empty()) continue;
      auto* label = makeLabel(q(said), role);
      label->setWordWrap(true);
      label->setTextInteractionFlags(Qt::TextSelectableByMouse);
      words->addWidget(label);
    }
    row->addLayout(words, 1);
    findings_->addLayout(row);
  }
  findings_->addStretch(1);
  health_faces_->showContent();
}

void SystemPage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  if (!event->spontaneous()) log_->log().stop();
}

}  // namespace lab::gui
