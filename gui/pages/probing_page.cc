#include "gui/pages/probing_page.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>

#include "gui/models/checkpoint_steps.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/attribution_view.h"
#include "gui/widgets/cosines_view.h"
#include "gui/widgets/faces.h"
#include "gui/widgets/lens_view.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/pca_view.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/residual_view.h"
#include "gui/widgets/step_bar.h"
#include "gui/widgets/training_view.h"

namespace lab::gui {
namespace {

constexpr int kTextHeight = 58;
constexpr int kModelWidth = 300;

QString viewKey() { return QStringLiteral("probing/view"); }

}  // namespace

ProbingPage::ProbingPage(Lab* lab) : Page(lab), probe_(&lab->session) {
  makeHead(tr("Probing"));
  body()->addWidget(makeSubject());
  stack_ = new QStackedWidget(this);
  faces_ = new Faces(stack_, this);
  body()->addWidget(faces_, 1);
  addViews();
  makeActions();
  connect(&probe_, &Probe::changed, this, &ProbingPage::refresh);
  connect(&lab->checkpoints, &CheckpointStore::changed, this, [this] {
    showSteps();
    lookAtFirst();
    refresh();
  });
  connect(&lab->session, &LabSession::linked, this, [this] {
    if (probe_.failed() && absl::IsUnavailable(probe_.status())) probe_.retry();
  });
  showView(QSettings().value(viewKey()).toString());
}

void ProbingPage::addViews() {
  addView(QStringLiteral("residual"), tr("Residual stream"), new ResidualView(stack_));
  auto* lens = new LensView(stack_);
  addView(QStringLiteral("lens"), tr("Lens"), lens);
  attribution_ = new AttributionView(stack_);
  addView(QStringLiteral("attribution"), tr("Attribution"), attribution_);
  addView(QStringLiteral("cosines"), tr("Cosines"), new CosinesView(stack_));
  addView(QStringLiteral("pca"), tr("PCA"), new PcaView(stack_));
  training_ = new TrainingView(&lab(), stack_);
  addView(QStringLiteral("training"), tr("Over training"), training_);
  connect(lens, &LensView::partsWanted, this, [this](qint64 position) {
    attribution_->setPosition(position, probe_.text());
    showView(QStringLiteral("attribution"));
  });
}

void ProbingPage::addView(const QString& id, const QString& title, ProbeView* widget) {
  stack_->addWidget(widget);
  auto* button = makeButton(title, "segment", this);
  button->setCheckable(true);
  button->setAutoExclusive(true);
  connect(button, &QPushButton::clicked, this, [this, id] { showView(id); });
  connect(widget, &ProbeView::asksAnew, this, &ProbingPage::ask);
  actions()->addWidget(button);
  views_.push_back({id, title, widget, button});
}

void ProbingPage::makeActions() {
  stop_ = makeButton(tr("Stop"), "", this);
  stop_->setToolTip(tr("Esc"));
  connect(stop_, &QPushButton::clicked, this, &ProbingPage::stop);
  look_ = makeButton(tr("Look inside"), "primary", this);
  look_->setToolTip(tr("Ctrl+Return"));
  connect(look_, &QPushButton::clicked, this, &ProbingPage::look);
  for (QPushButton* button : {stop_, look_}) actions()->addWidget(button);
  for (auto key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    go->setContext(Qt::WidgetWithChildrenShortcut);
    connect(go, &QShortcut::activated, this, &ProbingPage::look);
  }
  auto* end = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  end->setContext(Qt::WidgetWithChildrenShortcut);
  connect(end, &QShortcut::activated, this, &ProbingPage::stop);
}

QWidget* ProbingPage::makeSubject() {
  auto* card = new Card({}, this);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  auto* model = new QVBoxLayout;
  model->setSpacing(space::kTiny);
  reference_ = new ReferenceBox(&lab(), {}, card);
  reference_->setFixedWidth(kModelWidth);
  about_ = makeLabel({}, "dim", card);
  model->addWidget(reference_);
  model->addWidget(about_);
  row->addLayout(model);
  text_ = new QPlainTextEdit(card);
  text_->setFont(monoFont(type::kCardTitle));
  text_->setFixedHeight(kTextHeight);
  text_->setTabChangesFocus(true);
  text_->setAccessibleName(tr("text"));
  text_->setPlaceholderText(tr("The text to look at."));
  text_->setPlainText(tr("Once there was a little girl. One day the little girl"));
  text_->installEventFilter(this);
  row->addWidget(text_, 1);
  card->body()->addLayout(row);
  steps_ = new StepBar(card);
  card->body()->addWidget(steps_);
  connect(reference_, &ReferenceBox::referenceChanged, this, [this] {
    showSteps();
    showWords();
  });
  connect(reference_, &ReferenceBox::chosen, this, &ProbingPage::look);
  connect(steps_, &StepBar::stepChosen, this, [this](qint64 step) {
    reference_->setReference(QStringLiteral("%1@%2").arg(job()).arg(step));
    look();
  });
  return card;
}

int64_t ProbingPage::job() const {
  return reference_->reference().section(QLatin1Char('@'), 0, 0).toLongLong();
}

ProbeView* ProbingPage::view() const { return static_cast<ProbeView*>(stack_->currentWidget()); }

void ProbingPage::showView(const QString& id) {
  const View* shown = &views_.front();
  for (const View& one : views_) {
    if (one.id == id) shown = &one;
  }
  shown->button->setChecked(true);
  stack_->setCurrentWidget(shown->widget);
  QSettings().setValue(viewKey(), shown->id);
  ask();
}

void ProbingPage::visit(const Route& route) {
  lab().checkpoints.refresh();
  QString reference = route.argument;
  if (reference.isEmpty() && route.job > 0) reference = QString::number(route.job);
  if (!reference.isEmpty()) {
    reference_->setReference(reference);
    due_ = true;
  }
  lookAtFirst();
}

bool ProbingPage::settled() const {
  return failed() || (lab().checkpoints.loaded() && !probe_.busy());
}

bool ProbingPage::failed() const { return faces_->face() == Faces::Face::kError; }

void ProbingPage::lookAtFirst() {
  if (!due_ || !isVisible() || !lab().checkpoints.loaded()) return;
  if (!reference_->reference().isEmpty()) look();
}

void ProbingPage::look() {
  due_ = false;
  const QString reference = reference_->reference();
  if (reference.isEmpty()) {
    reference_->setFocus();
    return Q_EMIT said(tr("Choose a model first"));
  }
  if (text_->toPlainText().isEmpty()) {
    text_->setFocus();
    return Q_EMIT said(tr("Write a text first"));
  }
  // What a running job's reference means changes with its next checkpoint.
  const v1::Job* run = lab().jobs.find(job());
  const bool fixed = reference.section(QLatin1Char('@'), 1).toLongLong() > 0;
  probe_.setSubject(utf8(reference), utf8(text_->toPlainText()),
                    !fixed && run != nullptr && isActive(run->state()));
  ask();
}

void ProbingPage::stop() {
  steps_->setPlaying(false);
  training_->stop();
  if (probe_.busy()) probe_.stop();
}

void ProbingPage::ask() {
  // A page that nobody looks at asks for nothing.
  if (!probe_.reference().empty() && isVisible()) probe_.want(view()->questions(probe_));
  refresh();
}

void ProbingPage::refresh() {
  if (!probe_.reference().empty()) {
    view()->take(probe_);
    // What was answered may lead to further questions.
    if (isVisible() && !probe_.busy() && !probe_.failed() && !probe_.stopped()) {
      probe_.want(view()->questions(probe_));
    }
  }
  stop_->setEnabled(probe_.busy() || training_->busy());
  steps_->setBusy(probe_.busy());
  if (!probe_.model().session().empty()) steps_->setStep(probe_.model().step());
  showFace();
  showWords();
}

void ProbingPage::showFace() {
  const CheckpointStore& checkpoints = lab().checkpoints;
  if (probe_.reference().empty()) {
    if (!checkpoints.loaded() && !checkpoints.status().ok()) {
      return faces_->showError(tr("The checkpoints could not be listed"), checkpoints.status(),
                               [this] { lab().jobs.refresh(); });
    }
    if (!checkpoints.loaded()) return faces_->showLoading();
    if (checkpoints.all().empty() && reference_->reference().isEmpty()) {
      return faces_->showEmpty(tr("No job has a checkpoint yet. Start a run, or type the path of a "
                                  "model's folder above."),
                               tr("New run"), [this] { Q_EMIT go({QStringLiteral("pretrain")}); });
    }
    return faces_->showEmpty(tr("Choose a model, write a text and press Look inside."));
  }
  if (probe_.failed()) {
    return faces_->showError(tr("The model could not be looked into"), probe_.status(),
                             [this] { probe_.retry(); });
  }
  if (view()->filled()) return faces_->showContent();
  if (probe_.stopped()) {
    return faces_->showEmpty(tr("Stopped before there was anything to show."), tr("Go on"),
                             [this] { probe_.retry(); });
  }
  faces_->showLoading();
}

void ProbingPage::showWords() {
  setElided(about_, reference_->about(), kModelWidth);
  QStringList facts;
  const v1::OpenResponse& model = probe_.model();
  if (probe_.busy()) {
    const v1::InspectPlan* plan = probe_.plan();
    facts << tr("looking into %1").arg(q(probe_.reference()));
    if (plan != nullptr) {
      facts << tr("%1 of %2").arg(bytes(probe_.received()), bytes(plan->result_bytes()));
    }
  } else if (!model.session().empty()) {
    facts << tr("step %1").arg(grouped(model.step()));
    facts << tr("%1 × %2 heads, %3 wide")
                 .arg(model.layer_count())
                 .arg(model.head_count())
                 .arg(model.width());
    facts << (probe_.summary().cached() ? tr("known")
                                        : tr("in %1").arg(duration(probe_.summary().seconds())));
  } else {
    facts << tr("computed exactly from the checkpoint");
  }
  setFacts(facts.join(QStringLiteral("  ·  ")));
}

void ProbingPage::showSteps() {
  const std::vector<int64_t> steps = stepsOf(lab().checkpoints, job());
  steps_->setSteps(logSpaced(steps, kMostFollowed));
  const KnownCheckpoint* chosen = lab().checkpoints.find(utf8(reference_->reference()));
  if (chosen != nullptr) steps_->setStep(chosen->checkpoint.step());
  if (training_ != nullptr) training_->setRun(steps.empty() ? 0 : job(), steps_->steps());
}

void ProbingPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (event->spontaneous()) return;
  lookAtFirst();
  ask();
}

void ProbingPage::hideEvent(QHideEvent* event) {
  Page::hideEvent(event);
  if (event->spontaneous()) return;
  // The model's memory is wanted elsewhere.
  steps_->setPlaying(false);
  training_->stop();
  probe_.release();
}

bool ProbingPage::eventFilter(QObject* object, QEvent* event) {
  // Where a line's end is typed, the one with Ctrl is not.
  if (object == text_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && (key->modifiers() & Qt::ControlModifier)) {
      look();
      return true;
    }
  }
  return Page::eventFilter(object, event);
}

}  // namespace lab::gui
