#include "gui/pages/system_page.h"

#include <QHBoxLayout>
#include <QHideEvent>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QScrollArea>
#include <QTabWidget>

#include "gui/models/system_words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/fact_grid.h"
#include "gui/widgets/storage_cleaner.h"

namespace lab::gui {
namespace {

constexpr int kBar = 1000;
constexpr int kVerdictWidth = 76;

QProgressBar* makeBar(const QString& name, QWidget* parent) {
  auto* bar = new QProgressBar(parent);
  bar->setRange(0, kBar);
  bar->setTextVisible(false);
  bar->setAccessibleName(name);
  return bar;
}

}  // namespace

SystemPage::SystemPage(Lab* lab) : Page(lab), storage_(&lab->session), log_(&lab->session) {
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
  machine_ = new FactGrid(machine);
  machine->body()->addWidget(machine_);
  machine->body()->addStretch(1);
  auto addBar = [machine](const QString& name, QProgressBar* bar) {
    machine->body()->addWidget(makeLabel(name, "caption", machine));
    machine->body()->addWidget(bar);
  };
  load_ = makeBar(tr("processor load"), machine);
  memory_ = makeBar(tr("memory in use"), machine);
  addBar(tr("processor load"), load_);
  addBar(tr("memory in use"), memory_);
  auto* daemon = new Card(tr("labd"), both);
  daemon_ = new FactGrid(daemon);
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
  kinds_ = new FactGrid(content);
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
  lines_ = new QPlainTextEdit(this);
  lines_->setReadOnly(true);
  lines_->setFont(monoFont(type::kCaption));
  lines_->setLineWrapMode(QPlainTextEdit::NoWrap);
  lines_->setMaximumBlockCount(DaemonLog::kLines);
  lines_->setAccessibleName(tr("labd's log"));
  log_faces_ = new Faces(lines_, this);
  connect(&log_, &DaemonLog::begun, lines_, &QPlainTextEdit::clear);
  connect(&log_, &DaemonLog::arrived, this, [this](const QStringList& lines) {
    // A view at its end stays there by itself.
    lines_->appendPlainText(lines.join(QLatin1Char('\n')));
    log_faces_->showContent();
  });
  connect(&log_, &DaemonLog::failed, this, [this](const absl::Status& status) {
    log_faces_->showError(tr("labd's log could not be read"), status, [this] { log_.follow(); });
  });
  return log_faces_;
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
  return known && stored && !diagnosing_ && (!log_.following() || log_.heard());
}

bool SystemPage::failed() const {
  return storage_faces_->face() == Faces::Face::kError ||
         log_faces_->face() == Faces::Face::kError || health_faces_->face() == Faces::Face::kError;
}

void SystemPage::showSystem() {
  const v1::System* system = lab().session.system();
  if (system == nullptr) return faces_->showLoading();
  machine_->show(machineFacts(*system, lab().catalog.catalog()));
  daemon_->show(daemonFacts(*system, lab().catalog.catalog()));
  load_->setValue(static_cast<int>(kBar * system->processor_load()));
  const int64_t used = system->memory_bytes() - system->memory_available_bytes();
  memory_->setValue(
      system->memory_bytes() > 0 ? static_cast<int>(kBar * used / system->memory_bytes()) : 0);
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
  if (tab == log_faces_) {
    if (!log_.following()) log_.follow();
  } else {
    log_.stop();
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
  if (!event->spontaneous()) log_.stop();
}

}  // namespace lab::gui
