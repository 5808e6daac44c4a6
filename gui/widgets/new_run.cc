#include "gui/widgets/new_run.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenu>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QStringDecoder>

#include "core/base/file.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/config_form.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/forecast_panel.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/sweep_editor.h"
#include "gui/widgets/yaml_editor.h"

namespace lab::gui {
namespace {

constexpr int kForecastWidth = 260;
constexpr int kRecentJobs = 8;
constexpr qint64 kLargestFile = 1 << 20;

}  // namespace

NewRun::NewRun(Lab* lab, QWidget* parent)
    : QWidget(parent),
      lab_(lab),
      desk_(&lab->session, &lab->actions, &model_),
      corpora_(&lab->session) {
  auto* content = new QWidget(this);
  auto* row = new QHBoxLayout(content);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  views_ = new QStackedWidget(content);
  auto* inside = new QWidget(views_);
  inside->setProperty("role", QStringLiteral("page"));
  auto* column = new QVBoxLayout(inside);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  sweep_ = new SweepEditor(&model_, inside);
  column->addWidget(sweep_);
  form_ = new ConfigForm(&model_, inside);
  column->addWidget(form_, 1);
  scroll_ = new QScrollArea(views_);
  scroll_->setWidgetResizable(true);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setFocusPolicy(Qt::NoFocus);
  scroll_->setWidget(inside);
  views_->addWidget(scroll_);
  yaml_ = new YamlEditor(&model_, views_);
  views_->addWidget(yaml_);
  row->addWidget(views_, 1);
  forecast_ = new ForecastPanel(content);
  forecast_->setFixedWidth(kForecastWidth);
  row->addWidget(forecast_);
  faces_ = new Faces(content, this);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->addWidget(faces_);
  makeActions();

  connect(form_, &ConfigForm::revealed, this,
          [this](QWidget* editor) { scroll_->ensureWidgetVisible(editor); });
  connect(&model_, &ConfigFormModel::rebuilt, this, [this] {
    const QSignalBlocker quiet(type_);
    type_->setCurrentIndex(type_->findData(q(model_.type().name())));
    Q_EMIT changed();
  });
  connect(&desk_, &ConfigDesk::changed, this, &NewRun::showForecast);
  connect(&desk_, &ConfigDesk::queued, this, &NewRun::queued);
  connect(&desk_, &ConfigDesk::refused, this, [this](const QString& why) {
    form_->reveal(model_.firstError());
    Q_EMIT said(why);
  });
  connect(&desk_, &ConfigDesk::loaded, this,
          [this](qint64 id) { Q_EMIT said(tr("the form holds the config of job %1").arg(id)); });
  connect(&lab->session, &LabSession::systemChanged, this, [this] {
    if (isVisible()) showForecast();
  });
  connect(&corpora_, &CorpusStore::changed, this, &NewRun::showOffers);
  connect(&lab->session, &LabSession::linked, this, &NewRun::showOffers);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &NewRun::showForecast);
  connect(&lab->catalog, &CatalogModel::changed, this, &NewRun::showCatalog);
  if (lab->catalog.loaded()) showCatalog();
}

void NewRun::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  // Corpora are also added elsewhere.
  corpora_.refresh();
  showOffers();
}

void NewRun::showOffers() {
  FieldOffers offers;
  for (const v1::Corpus& corpus : corpora_.corpora()) offers.corpora << q(corpus.name());
  if (lab_->session.remote()) offers.machine = lab_->session.title();
  form_->setOffers(std::move(offers));
}

QWidget* NewRun::type_choice() const { return type_; }

bool NewRun::settled() const {
  return failed() || (lab_->catalog.loaded() && (desk_.current() || !desk_.status().ok()));
}

bool NewRun::failed() const { return faces_->face() == Faces::Face::kError; }

void NewRun::makeActions() {
  type_ = new Choice(this);
  type_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  type_->setAccessibleName(tr("kind of job"));
  connect(type_, &QComboBox::activated, this,
          [this](int index) { model_.setType(utf8(type_->itemData(index).toString())); });
  actions_ = new QWidget(this);
  auto* row = new QHBoxLayout(actions_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kSmall);
  auto* from = makeButton(tr("Start from"), "", actions_);
  start_from_ = new QMenu(from);
  from->setMenu(start_from_);
  connect(start_from_, &QMenu::aboutToShow, this, &NewRun::fillMenu);
  row->addWidget(from);
  as_yaml_ = makeButton(tr("YAML"), "", actions_);
  as_yaml_->setCheckable(true);
  connect(as_yaml_, &QPushButton::clicked, this, &NewRun::showYaml);
  row->addWidget(as_yaml_);
  auto* sweep = makeButton(tr("Add sweep"), "", actions_);
  connect(sweep, &QPushButton::clicked, this, [this] {
    showYaml(false);
    if (views_->currentWidget() != scroll_) return;
    scroll_->ensureVisible(0, 0);
    sweep_->addRow();
  });
  row->addWidget(sweep);
  queue_ = makeButton(tr("Queue run"), "primary", actions_);
  queue_->setToolTip(QKeySequence(Qt::CTRL | Qt::Key_Return).toString(QKeySequence::NativeText));
  connect(queue_, &QPushButton::clicked, &desk_, &ConfigDesk::queue);
  auto* keys = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
  connect(keys, &QShortcut::activated, queue_, [this] { queue_->click(); });
  row->addWidget(queue_);
}

void NewRun::fillMenu() {
  start_from_->clear();
  // The style sheet shows no titles of sections.
  start_from_->addAction(tr("Ready runs"))->setEnabled(false);
  for (const v1::Preset& preset : lab_->catalog.catalog().presets()) {
    if (preset.kind() != "job") continue;
    const QString name = q(preset.name());
    // An ampersand would be read as a key.
    QString title = name;
    auto* entry = start_from_->addAction(title.replace(QLatin1Char('&'), QStringLiteral("&&")));
    entry->setToolTip(q(preset.title()));
    connect(entry, &QAction::triggered, this, [this, name] { startFromPreset(name); });
  }
  start_from_->addSeparator();
  start_from_->addAction(tr("Jobs"))->setEnabled(false);
  int count = 0;
  for (const v1::Job& job : lab_->jobs.jobs()) {
    if (++count > kRecentJobs) break;
    QString title = tr("%1  %2").arg(job.id()).arg(q(job.name()));
    auto* entry = start_from_->addAction(title.replace(QLatin1Char('&'), QStringLiteral("&&")));
    connect(entry, &QAction::triggered, this, [this, id = job.id()] { startFromJob(id); });
  }
  start_from_->addSeparator();
  connect(start_from_->addAction(tr("Defaults")), &QAction::triggered, this,
          [this] { model_.setType(model_.type().name()); });
  connect(start_from_->addAction(tr("Open a file…")), &QAction::triggered, this, &NewRun::loadFile);
  connect(start_from_->addAction(tr("Save as a file…")), &QAction::triggered, this,
          &NewRun::saveFile);
}

void NewRun::startFromPreset(const QString& name) {
  const v1::Preset* preset = lab_->catalog.preset(utf8(name));
  if (preset == nullptr) return;
  v1::ConfigText config;
  config.set_text(preset->text());
  config.set_file(preset->name());
  model_.load(config);
}

void NewRun::showCatalog() {
  const CatalogModel& catalog = lab_->catalog;
  if (!catalog.loaded()) {
    faces_->showError(tr("labd did not say what jobs there are"), catalog.status(),
                      [this] { lab_->catalog.refresh(); });
    return;
  }
  {
    const QSignalBlocker quiet(type_);
    type_->clear();
    for (const v1::JobType& type : catalog.catalog().job_types()) {
      type_->addItem(q(type.title()), q(type.name()));
    }
  }
  faces_->showContent();
  model_.setCatalog(catalog.catalog());
  type_->setCurrentIndex(type_->findData(q(model_.type().name())));
  showForecast();
}

void NewRun::showForecast() {
  forecast_->show(desk_, model_, lab_->session.system(), views_->currentWidget() == yaml_);
  queue_->setEnabled(!desk_.queueing());
}

void NewRun::showYaml(bool yaml) {
  if (!yaml && !model_.trouble().isEmpty()) {
    Q_EMIT said(tr("The form cannot show this text: %1").arg(model_.trouble()));
    yaml = true;
  }
  as_yaml_->setChecked(yaml);
  views_->setCurrentWidget(yaml ? static_cast<QWidget*>(yaml_) : scroll_);
  if (yaml) yaml_->setFocus();
  showForecast();
}

void NewRun::loadFile() {
  const QString name = QFileDialog::getOpenFileName(this, tr("Open a config"), {},
                                                    tr("YAML (*.yaml *.yml);;All files (*)"));
  if (name.isEmpty()) return;
  QFile file(name);
  if (!file.open(QIODevice::ReadOnly)) {
    Q_EMIT said(tr("%1 cannot be read: %2").arg(name, file.errorString()));
    return;
  }
  if (file.size() > kLargestFile) {
    Q_EMIT said(tr("%1 is too large for a config").arg(name));
    return;
  }
  QStringDecoder decoder(QStringDecoder::Utf8);
  const QString text = decoder(file.readAll());
  if (decoder.hasError()) {
    Q_EMIT said(tr("%1 is not UTF-8 text").arg(name));
    return;
  }
  v1::ConfigText config;
  config.set_text(utf8(text));
  config.set_file(utf8(QFileInfo(name).fileName()));
  config.set_base(utf8(QFileInfo(name).absolutePath()));
  model_.load(config);
  if (!model_.trouble().isEmpty()) showYaml(true);
}

void NewRun::saveFile() {
  const QString name = QFileDialog::getSaveFileName(
      this, tr("Save the config"), tr("%1.yaml").arg(q(model_.type().name())), tr("YAML (*.yaml)"));
  if (name.isEmpty()) return;
  const absl::Status written = WriteFileAtomically(utf8(name), utf8(model_.yaml()));
  Q_EMIT said(written.ok() ? tr("saved %1").arg(name) : q(written.message()));
}

}  // namespace lab::gui
