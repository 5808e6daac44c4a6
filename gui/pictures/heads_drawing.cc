#include "gui/pictures/heads_drawing.h"

#include <QVBoxLayout>
#include <algorithm>

#include "core/base/strings.h"
#include "gui/models/attention_words.h"
#include "gui/models/words.h"
#include "gui/widgets/heads_card.h"

namespace lab::gui {
namespace {

// As labd refuses it.
absl::Status checkAll(const google::protobuf::RepeatedField<int64_t>& numbers, int count,
                      const char* what) {
  for (int64_t number : numbers) {
    if (number >= 0 && number < count) continue;
    return absl::InvalidArgumentError(StrCat("there is no ", what, " ", number, "; there are ",
                                             count, ", from 0 to ", count - 1));
  }
  return absl::OkStatus();
}

bool holds(const google::protobuf::RepeatedField<int64_t>& numbers, int64_t number) {
  return numbers.empty() || std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

HeadsDrawing::HeadsDrawing(Lab* lab, const PictureWish& wish)
    : wish_(wish), attention_(&lab->session, &shelf_), card_(new HeadsCard(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(card_);
  connect(&attention_, &Attention::changed, this, &HeadsDrawing::show);
}

void HeadsDrawing::begin() { attention_.look({wish_.reference, wish_.text}); }

absl::StatusOr<std::vector<HeadId>> HeadsDrawing::chosen() const {
  const AttentionData& data = *attention_.data();
  RETURN_IF_ERROR(checkAll(wish_.selection.layers(), data.layers, "layer"));
  RETURN_IF_ERROR(checkAll(wish_.selection.heads(), data.heads, "head"));
  std::vector<HeadId> ids = allHeads(data.layers, data.heads);
  std::erase_if(ids, [this](HeadId id) {
    return !holds(wish_.selection.layers(), id.layer) || !holds(wish_.selection.heads(), id.head);
  });
  return ids;
}

void HeadsDrawing::show() {
  const auto data = attention_.data();
  if (!attention_.status().ok()) status_ = attention_.status();
  if (ready_ || !status_.ok() || !data || !data->whole) return;
  const absl::StatusOr<std::vector<HeadId>> ids = chosen();
  if (!ids.ok()) {
    status_ = ids.status();
    return;
  }
  card_->show(data, nullptr, Sink::kShow, wantsLog(data->length()));
  status_ = card_->showOnly(*ids, QString(wish_.sort).replace(QLatin1Char('_'), QLatin1Char(' ')));
  ready_ = status_.ok();
}

QString HeadsDrawing::facts() const {
  return modelFacts(attention_.data()->model, attention_.data()->length());
}

void HeadsDrawing::makeStill() { card_->makeStill(); }

}  // namespace lab::gui
