#include "gui/models/attention.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "gui/models/two_models.h"

namespace lab::gui {
namespace {

constexpr int64_t kMostHeads = 256;       // of a model that is not known yet, as a guess
constexpr size_t kMostLarge = 192 << 20;  // bytes of the single patterns that are kept
constexpr size_t kMostOnShelf = 256 << 20;

int64_t patternBytes(int64_t rows, int64_t length) {
  return rows * length * static_cast<int64_t>(sizeof(float));
}

// "blocks.3.attn.hook_pattern" → 3.
int layerOf(const std::string& name) { return std::atoi(name.c_str() + name.find('.') + 1); }

}  // namespace

size_t AttentionData::bytes() const {
  size_t sum = 0;
  for (const HeadThumb& thumb : thumbs) sum += thumb.bytes();
  for (const auto& [id, map] : maps) sum += map->values.size() * sizeof(float);
  return sum;
}

void eachPattern(const Inspection& answer, const TakePattern& take) {
  for (const InspectedTensor& tensor : answer.tensors) {
    if (!tensor.facts.name().ends_with("pattern")) continue;
    const int layer = layerOf(tensor.facts.name());
    for (int64_t i = 0; i < tensor.Dim(0); ++i) {
      take({layer, std::atoi(tensor.Label(0, i).c_str())}, static_cast<int>(tensor.Dim(1)),
           static_cast<int>(tensor.Dim(2)), tensor.floats.data() + tensor.At({i, 0, 0}));
    }
  }
}

absl::Status comparable(const AttentionData& a, const AttentionData& b) {
  return comparable(LookedAt{a.subject.reference, a.model, idsOf(a.tokens)},
                    LookedAt{b.subject.reference, b.model, idsOf(b.tokens)});
}

std::vector<HeadScore> differenceScores(const AttentionData& a, const AttentionData& b) {
  if (!a.keeps_all || !b.keeps_all || !comparable(a, b).ok()) return {};
  HeadScore mean{QStringLiteral("mean difference"), {}, a.heads, {}};
  HeadScore most{QStringLiteral("most difference"), {}, a.heads, {}};
  for (HeadId id : allHeads(a.layers, a.heads)) {
    const MapDifference size = sizeOfDifference(*a.maps.at(id), *b.maps.at(id));
    mean.values.push_back(size.mean);
    most.values.push_back(size.most);
  }
  return {std::move(mean), std::move(most)};
}

std::shared_ptr<AttentionData> AttentionShelf::find(const AttentionSubject& subject) {
  for (auto one = kept_.begin(); one != kept_.end(); ++one) {
    if (!((*one)->subject == subject)) continue;
    kept_.splice(kept_.begin(), kept_, one);
    return kept_.front();
  }
  return nullptr;
}

void AttentionShelf::put(std::shared_ptr<AttentionData> data) {
  std::erase_if(kept_, [&data](const auto& one) { return one->subject == data->subject; });
  kept_.push_front(std::move(data));
  size_t sum = 0;
  for (auto one = kept_.begin(); one != kept_.end(); ++one) {
    sum += (*one)->bytes();
    if (sum <= kMostOnShelf || one == kept_.begin()) continue;
    kept_.erase(one, kept_.end());
    break;
  }
}

Attention::Attention(LabSession* session, AttentionShelf* shelf, QObject* parent)
    : QObject(parent), shelf_(shelf), look_(session) {
  connect(&look_, &Look::changed, this, &Attention::lookChanged);
}

std::string Attention::pattern() const {
  return subject_.weighted ? "value_weighted" : "attn.hook_pattern";
}

v1::InspectRequest Attention::request(const std::string& quantity) const {
  v1::InspectRequest request;
  request.set_text(subject_.text);
  request.add_quantities(quantity);
  return request;
}

void Attention::look(const AttentionSubject& subject, bool fresh) {
  stop();
  subject_ = subject;
  fresh_ = fresh;
  status_ = map_status_ = absl::OkStatus();
  received_ = 0;
  if (data_ && !data_->whole) data_.reset();
  if (auto known = fresh ? nullptr : shelf_->find(subject)) {
    data_ = known;
    ensureMap();
    return next();
  }
  coming_ = std::make_shared<AttentionData>();
  coming_->subject = subject;
  // Of a text that was not read yet: no more tokens than bytes.
  const bool known = data_ && data_->subject.text == subject.text;
  const auto length = known ? int64_t{data_->length()} : static_cast<int64_t>(subject.text.size());
  const int64_t heads = known ? data_->layers * data_->heads : kMostHeads;
  Ask first{request("heads"), 0, false, [this](const Inspection& answer) { takeFirst(answer); }};
  if (length < most_kept_ && heads * patternBytes(length, length) <= most_kept_) {
    first.request.add_quantities(pattern());
    first.bytes = known ? heads * patternBytes(length, length) : 0;
  }
  queue_.push_back(std::move(first));
  next();
}

void Attention::want(HeadId head) {
  if (head == wanted_) return;
  wanted_ = head;
  wantAgain();
}

void Attention::wantAgain() {
  map_status_ = absl::OkStatus();
  ensureMap();
  if (busy()) {
    Q_EMIT changed();
  } else {
    next();
  }
}

void Attention::stop() {
  background_.drop();
  queue_.clear();
  current_.reset();
  asked_.reset();
  coming_.reset();
  look_.cancel();
}

void Attention::clear() {
  stop();
  data_.reset();
  subject_ = {};
  status_ = map_status_ = absl::OkStatus();
  Q_EMIT changed();
}

std::shared_ptr<const AttentionMap> Attention::map(HeadId head) const {
  if (!data_) return nullptr;
  auto found = data_->maps.find(head);
  return found == data_->maps.end() ? nullptr : found->second;
}

int64_t Attention::expected() const {
  int64_t sum = received_;
  if (current_) sum += look_.plan() != nullptr ? look_.plan()->result_bytes() : current_->bytes;
  for (const Ask& ask : queue_) sum += ask.bytes;
  return sum;
}

// The next question, if there is one.
void Attention::next() {
  current_.reset();
  if (queue_.empty() && coming_) finish();
  if (!queue_.empty()) {
    current_ = std::move(queue_.front());
    queue_.pop_front();
    look_.ask(subject_.reference, current_->request, std::exchange(fresh_, false));
  }
  Q_EMIT changed();
}

void Attention::lookChanged() {
  if (!current_ || background_.busy()) return;
  if (look_.state() == Look::State::kFailed) return failed(look_.status());
  if (look_.state() != Look::State::kDone) {
    Q_EMIT progressed();
    return;
  }
  received_ += look_.received();
  Inspection answer = look_.giveFound();
  if (current_->fold == nullptr) {
    current_->take(std::move(answer));
    return next();
  }
  auto shared = std::make_shared<const Inspection>(std::move(answer));
  background_.run(
      [shared, fold = current_->fold] {
        fold(*shared);
        return true;
      },
      [this](bool) {
        current_->take({});
        next();
      });
}

void Attention::failed(const absl::Status& status) {
  const bool map = current_->map;
  if (map) {
    map_status_ = status;
    asked_.reset();
    std::erase_if(queue_, [](const Ask& ask) { return ask.map; });
    return next();
  }
  stop();
  status_ = status;
  data_.reset();
  Q_EMIT changed();
}

void Attention::takeFirst(const Inspection& answer) {
  AttentionData& data = *coming_;
  data.model = look_.foundIn();
  data.tokens.assign(answer.plan.tokens().begin(), answer.plan.tokens().end());
  data.seconds = answer.summary.seconds();
  data.scores = headScoresOf(answer);
  data.layers = static_cast<int>(data.model.layer_count());
  data.heads = static_cast<int>(data.model.head_count());
  data.thumbs.resize(static_cast<size_t>(data.layers * data.heads));
  data.keeps_all =
      data.layers * data.heads * patternBytes(data.length(), data.length()) <= most_kept_;
  if (current_->request.quantities_size() > 1) {
    takePatterns(answer, coming_);
  } else {
    planThumbs();
  }
  // What there is of another text is of no use beside this.
  if (!data_ || data_->subject.text != data.subject.text) data_ = coming_;
  ensureMap();
}

// Asks for the patterns of all heads, some at a time: all rows where they are kept, else those that
// the small maps show.
void Attention::planThumbs() {
  const int64_t length = coming_->length();
  std::vector<int64_t> queries;
  if (!coming_->keeps_all) queries = thumbQueries(coming_->length());
  const int64_t rows = queries.empty() ? length : static_cast<int64_t>(queries.size());
  const int64_t one = patternBytes(rows, length);
  const int64_t together = std::max<int64_t>(1, most_at_once_ / std::max<int64_t>(1, one));
  const int layers_together = std::max<int>(1, static_cast<int>(together / coming_->heads));
  const int heads_together = std::min<int>(coming_->heads, static_cast<int>(together));
  for (int layer = 0; layer < coming_->layers; layer += layers_together) {
    const int layers = std::min(layers_together, coming_->layers - layer);
    for (int head = 0; head < coming_->heads; head += heads_together) {
      const int heads = std::min(heads_together, coming_->heads - head);
      Ask ask{request(pattern()), one * layers * heads, false,
              [this](const Inspection& answer) { takePatterns(answer, coming_); }};
      for (int i = 0; i < layers; ++i) ask.request.add_layers(layer + i);
      for (int i = 0; i < heads && heads < coming_->heads; ++i) ask.request.add_heads(head + i);
      for (int64_t query : queries) ask.request.add_positions(query);
      queue_.push_back(std::move(ask));
    }
  }
}

void Attention::takePatterns(const Inspection& answer, const std::shared_ptr<AttentionData>& data) {
  eachPattern(answer, [&data](HeadId id, int rows, int keys, const float* first) {
    data->thumbs[static_cast<size_t>(id.layer * data->heads + id.head)] =
        thumbOf(first, rows, keys);
    if (!data->keeps_all) return;
    const size_t count = static_cast<size_t>(rows) * static_cast<size_t>(keys);
    data->maps[id] = std::make_shared<const AttentionMap>(
        AttentionMap{rows, keys, std::vector<float>(first, first + count)});
  });
}

void Attention::finish() {
  coming_->whole = true;
  data_ = std::move(coming_);
  coming_.reset();
  shelf_->put(data_);
  ensureMap();
}

void Attention::ensureMap() {
  // Of what was shown before nothing can be asked any more.
  if (!data_ || !(data_->subject == subject_) || map(wanted_) || asked_ == wanted_) return;
  if (wanted_.layer >= data_->layers || wanted_.head >= data_->heads) return;
  std::erase_if(queue_, [](const Ask& ask) { return ask.map; });
  asked_.reset();
  if (wanted_.head == kMeanHead) return askMean(wanted_.layer);
  // It comes with the others.
  if (data_->keeps_all) return;
  asked_ = wanted_;
  Ask ask{request(pattern()), patternBytes(data_->length(), data_->length()), true, nullptr};
  ask.request.add_layers(wanted_.layer);
  ask.request.add_heads(wanted_.head);
  ask.take = [this, id = wanted_](Inspection answer) {
    takeMap(id, std::make_shared<const AttentionMap>(AttentionMap{
                    data_->length(), data_->length(), std::move(answer.tensors.at(0).floats)}));
  };
  queue_.push_front(std::move(ask));
}

void Attention::askMean(int layer) {
  const HeadId mean{layer, kMeanHead};
  if (data_->keeps_all) {
    std::vector<std::shared_ptr<const AttentionMap>> all;
    for (int head = 0; head < data_->heads; ++head) all.push_back(map({layer, head}));
    // While some are missing the rest is on its way.
    if (std::count(all.begin(), all.end(), nullptr) == 0) {
      data_->maps[mean] = std::make_shared<const AttentionMap>(averageOf(all));
    }
    return;
  }
  // Head by head: together they may be larger than all that is allowed.
  asked_ = mean;
  auto sum = std::make_shared<AttentionMap>();
  for (int head = data_->heads - 1; head >= 0; --head) {
    Ask ask{request(pattern()), patternBytes(data_->length(), data_->length()), true, nullptr};
    ask.request.add_layers(layer);
    ask.request.add_heads(head);
    ask.fold = [sum, length = data_->length(), heads = data_->heads](const Inspection& answer) {
      const std::vector<float>& one = answer.tensors.at(0).floats;
      if (sum->values.empty()) {
        *sum = AttentionMap{length, length, {}};
        sum->values.assign(one.size(), 0);
      }
      const float scale = 1 / static_cast<float>(heads);
      for (size_t i = 0; i < sum->values.size(); ++i) sum->values[i] += scale * one[i];
    };
    ask.take = [this, sum, mean, last = head + 1 == data_->heads](Inspection) {
      if (last) takeMap(mean, sum);
    };
    queue_.push_front(std::move(ask));
  }
}

void Attention::takeMap(HeadId id, std::shared_ptr<const AttentionMap> map) {
  if (asked_ == id) asked_.reset();
  const size_t most = std::max<size_t>(2, kMostLarge / std::max<size_t>(1, map->values.size() * 4));
  while (data_->maps.size() >= most) {
    auto one = data_->maps.begin();
    if (one->first == wanted_) ++one;
    data_->maps.erase(one);
  }
  data_->maps[id] = std::move(map);
}

}  // namespace lab::gui
