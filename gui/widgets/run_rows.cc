#include "gui/widgets/run_rows.h"

#include <QHBoxLayout>
#include <QPainter>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/spark.h"

namespace lab::gui {
namespace {

constexpr int kIdWidth = 52;
constexpr int kNameWidth = 190;

// A label that ends in "…" where it has too little room.
class ElidedLabel : public QLabel {
 public:
  using QLabel::QLabel;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text(), Qt::ElideRight, width()));
  }
};

}  // namespace

// A button with labels on it: the keyboard reaches it, and it can be pressed anywhere.
class RunRow : public QPushButton {
 public:
  RunRow(RunRows::Kind kind, QWidget* parent) : QPushButton(parent) {
    const bool tall = kind == RunRows::Kind::kWithCurve;
    setProperty("role", tall ? QStringLiteral("row") : QStringLiteral("line"));
    setCursor(Qt::PointingHandCursor);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kSmall, 0, space::kSmall, 0);
    row->setSpacing(space::kGap);
    id_ = makeLabel({}, "dim", this);
    id_->setFixedWidth(kIdWidth);
    row->addWidget(id_);
    name_ = makeLabel({}, "strong", this);
    beside_ = makeLabel({}, "dim", this);
    text_ = new ElidedLabel(this);
    text_->setTextFormat(Qt::PlainText);
    auto* first = new QHBoxLayout;
    first->setSpacing(space::kSmall);
    first->addWidget(name_);
    first->addWidget(beside_, 1);
    if (tall) {
      spark_ = new Spark(this);
      row->addWidget(spark_);
      auto* words = new QVBoxLayout;
      words->setSpacing(1);
      words->addStretch(1);
      words->addLayout(first);
      words->addWidget(text_);
      words->addStretch(1);
      row->addLayout(words, 1);
      text_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    } else {
      row->addLayout(first, 1);
      text_->hide();
    }
    beside_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    right_ = makeLabel({}, "dim", this);
    row->addWidget(right_);
    for (QLabel* label : {id_, name_, beside_, text_, right_}) {
      label->setAttribute(Qt::WA_TransparentForMouseEvents);
    }
  }

  int64_t job() const { return shown_.job; }

  void show(const HomeRow& row) {
    const bool other = row.job != shown_.job;
    shown_ = row;
    id_->setText(row.id);
    setElided(name_, row.name, kNameWidth);
    beside_->setText(row.beside);
    text_->setText(row.text);
    setTone(text_, row.tone);
    right_->setText(row.right);
    setAccessibleName(
        QStringList{row.id, row.name, row.beside, row.text, row.right}.join(QLatin1Char(' ')));
    if (spark_ == nullptr) return;
    if (other) spark_->setValues({});
    spark_->setTone(row.tone);
  }

  void setCurve(const std::vector<double>& values) {
    if (spark_ != nullptr) spark_->setValues(values);
  }

 private:
  HomeRow shown_;
  QLabel* id_;
  QLabel* name_;
  QLabel* beside_;
  QLabel* text_;
  QLabel* right_;
  Spark* spark_ = nullptr;
};

RunRows::RunRows(Kind kind, QWidget* parent) : QWidget(parent), kind_(kind) {
  column_ = new QVBoxLayout(this);
  column_->setContentsMargins(0, 0, 0, 0);
  column_->setSpacing(0);
}

void RunRows::setRows(const std::vector<HomeRow>& rows) {
  while (rows_.size() > rows.size()) {
    rows_.back()->deleteLater();
    rows_.pop_back();
  }
  while (rows_.size() < rows.size()) {
    auto* row = new RunRow(kind_, this);
    connect(row, &QPushButton::clicked, this, [this, row] { Q_EMIT opened(row->job()); });
    column_->addWidget(row);
    rows_.push_back(row);
  }
  for (size_t i = 0; i < rows.size(); ++i) rows_[i]->show(rows[i]);
}

void RunRows::setCurve(int64_t job_id, const std::vector<double>& values) {
  for (RunRow* row : rows_) {
    if (row->job() == job_id) row->setCurve(values);
  }
}

}  // namespace lab::gui
