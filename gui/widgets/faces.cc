#include "gui/widgets/faces.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kLateMs = 200;

// The layout that is to come, as pale bars.
class Bars : public QWidget {
 public:
  using QWidget::QWidget;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokensOf(this).grid);
    constexpr double kShares[] = {0.30, 0.85, 0.70, 0.85, 0.55};
    int y = space::kPadding;
    for (double share : kShares) {
      painter.drawRoundedRect(QRectF(space::kPadding, y, width() * share - 2 * space::kPadding, 12),
                              4, 4);
      y += 28;
    }
  }
};

}  // namespace

Faces::Faces(QWidget* content, QWidget* parent) : QStackedWidget(parent), content_(content) {
  blank_ = new QWidget(this);
  bars_ = new Bars(this);
  empty_ = makeEmpty();
  error_ = makeError();
  for (QWidget* face : {content_, blank_, bars_, empty_, error_}) addWidget(face);
  late_.setSingleShot(true);
  late_.setInterval(kLateMs);
  connect(&late_, &QTimer::timeout, this, [this] {
    if (face_ == Face::kLoading) setCurrentWidget(bars_);
  });
  setCurrentWidget(blank_);
  late_.start();
}

void Faces::showContent() {
  face_ = Face::kContent;
  setCurrentWidget(content_);
}

void Faces::showLoading() {
  if (face_ == Face::kLoading) return;
  face_ = Face::kLoading;
  setCurrentWidget(blank_);
  late_.start();
}

void Faces::showEmpty(const QString& sentence, const QString& button,
                      std::function<void()> pressed) {
  face_ = Face::kEmpty;
  sentence_->setText(sentence);
  way_out_->setText(button);
  way_out_->setVisible(!button.isEmpty());
  pressed_ = std::move(pressed);
  setCurrentWidget(empty_);
}

void Faces::showError(const QString& what, const absl::Status& status,
                      std::function<void()> retry) {
  face_ = Face::kError;
  what_->setText(what);
  const QString message = q(status.message());
  const QString reason = q(ReasonOf(status));
  why_->setText(message);
  details_ = what + QLatin1Char('\n') + message +
             (reason.isEmpty() ? QString() : QLatin1Char('\n') + reason);
  retried_ = std::move(retry);
  retry_->setVisible(retried_ != nullptr);
  setCurrentWidget(error_);
}

QWidget* Faces::makeEmpty() {
  auto* face = new QWidget(this);
  auto* column = new QVBoxLayout(face);
  column->addStretch(2);
  sentence_ = makeLabel({}, "dim", face);
  sentence_->setAlignment(Qt::AlignCenter);
  sentence_->setWordWrap(true);
  column->addWidget(sentence_);
  way_out_ = makeButton({}, "primary", face);
  connect(way_out_, &QPushButton::clicked, this, [this] {
    if (pressed_) pressed_();
  });
  column->addWidget(way_out_, 0, Qt::AlignCenter);
  column->addStretch(3);
  return face;
}

QWidget* Faces::makeError() {
  auto* face = new QWidget(this);
  auto* column = new QVBoxLayout(face);
  column->addStretch(2);
  what_ = makeLabel({}, "bad", face);
  why_ = makeLabel({}, "dim", face);
  for (QLabel* label : {what_, why_}) {
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(label);
  }
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  retry_ = makeButton(tr("Try again"), "", face);
  connect(retry_, &QPushButton::clicked, this, [this] {
    if (retried_) retried_();
  });
  buttons->addWidget(retry_);
  auto* copy = makeButton(tr("Copy details"), "", face);
  connect(copy, &QPushButton::clicked, this,
          [this] { QGuiApplication::clipboard()->setText(details_); });
  buttons->addWidget(copy);
  buttons->addStretch(1);
  column->addLayout(buttons);
  column->addStretch(3);
  return face;
}

}  // namespace lab::gui
