#pragma once

// The attention of one model on one text, read as far as it is shown: the scores of all heads, a
// small map of each, whole patterns of all where they are small together, else of the head that is
// looked at. GUI thread.

#include <QObject>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/models/attention_map.h"
#include "gui/models/background.h"
#include "gui/models/head_order.h"
#include "gui/models/look.h"

namespace lab::gui {

struct AttentionSubject {
  std::string reference;
  std::string text;
  bool weighted = false;  // by the lengths of the values that are read
  bool operator==(const AttentionSubject&) const = default;
};

struct AttentionData {
  AttentionSubject subject;
  v1::OpenResponse model;
  std::vector<v1::InspectToken> tokens;
  int layers = 0, heads = 0;
  double seconds = 0;  // of computing
  std::vector<HeadScore> scores;
  std::vector<HeadThumb> thumbs;  // layer by layer; without rows: to come
  std::map<HeadId, std::shared_ptr<const AttentionMap>> maps;  // those that are there
  bool whole = false;                                          // all small maps are there
  bool keeps_all = false;                                      // and all patterns with them

  int length() const { return static_cast<int>(tokens.size()); }
  const HeadThumb& thumb(HeadId id) const {
    return thumbs[static_cast<size_t>(id.layer * heads + id.head)];
  }
  size_t bytes() const;
};

// Each pattern of an answer to "attn.hook_pattern" or "value_weighted": whose it is, its rows and
// keys and its first value.
using TakePattern = std::function<void(HeadId id, int rows, int keys, const float* first)>;
void eachPattern(const Inspection& answer, const TakePattern& take);

// As comparable() of two models (two_models.h).
absl::Status comparable(const AttentionData& a, const AttentionData& b);

// How far the heads of both are apart: "mean difference" and "most difference"; none where not all
// patterns are there.
std::vector<HeadScore> differenceScores(const AttentionData& a, const AttentionData& b);

// What was read lately, as long as there is room: going back to a step needs no labd.
class AttentionShelf {
 public:
  std::shared_ptr<AttentionData> find(const AttentionSubject& subject);
  void put(std::shared_ptr<AttentionData> data);

 private:
  std::list<std::shared_ptr<AttentionData>> kept_;  // the newest first
};

class Attention : public QObject {
  Q_OBJECT
 public:
  // Both outlive this.
  Attention(LabSession* session, AttentionShelf* shelf, QObject* parent = nullptr);

  // Bytes of all patterns that are kept whole, and of one answer.
  void setLimits(int64_t kept, int64_t at_once) {
    most_kept_ = kept;
    most_at_once_ = at_once;
  }
  // Reads anew; what was asked before is dropped. What is known stays until the answer is whole, if
  // it is of the same text. `fresh` as Look::ask.
  void look(const AttentionSubject& subject, bool fresh = false);
  // The head whose whole pattern is wanted, now and of what is looked at later.
  void want(HeadId head);
  // Once more after mapStatus() was bad.
  void wantAgain();
  void stop();
  void clear();
  // Closes the model.
  void release() { look_.release(); }

  // Null before the first answer and after a failure.
  std::shared_ptr<const AttentionData> data() const { return data_; }
  // What was asked last, be it there or not.
  const AttentionSubject& subject() const { return subject_; }
  // Null while it is not there.
  std::shared_ptr<const AttentionMap> map(HeadId head) const;
  bool busy() const { return current_.has_value(); }
  const absl::Status& status() const { return status_; }         // why there is no data
  const absl::Status& mapStatus() const { return map_status_; }  // why map(the wanted) is missing
  // Bytes that have come, and how many are to come in all as far as is known.
  int64_t received() const { return received_ + (busy() ? look_.received() : 0); }
  int64_t expected() const;

 Q_SIGNALS:
  void changed();
  // Only received() is another.
  void progressed();

 private:
  struct Ask {
    v1::InspectRequest request;
    int64_t bytes = 0;  // about
    bool map = false;   // of the wanted head alone
    std::function<void(Inspection)> take;
    // Instead, where that takes long: on another thread, and then `take`, which is given nothing.
    std::function<void(const Inspection&)> fold = nullptr;
  };

  v1::InspectRequest request(const std::string& quantity) const;
  std::string pattern() const;
  void next();
  void lookChanged();
  void failed(const absl::Status& status);
  void takeFirst(const Inspection& answer);
  void planThumbs();
  void takePatterns(const Inspection& answer, const std::shared_ptr<AttentionData>& data);
  void finish();
  void ensureMap();
  void askMean(int layer);
  void takeMap(HeadId id, std::shared_ptr<const AttentionMap> map);

  int64_t most_kept_ = 64 << 20, most_at_once_ = 16 << 20;
  AttentionShelf* shelf_;
  Look look_;
  Background background_;
  AttentionSubject subject_;
  bool fresh_ = false;
  std::shared_ptr<AttentionData> data_;    // shown
  std::shared_ptr<AttentionData> coming_;  // being read; may be shown already
  HeadId wanted_;
  std::optional<HeadId> asked_;  // its pattern is asked for
  std::deque<Ask> queue_;
  std::optional<Ask> current_;
  absl::Status status_, map_status_;
  int64_t received_ = 0;
};

}  // namespace lab::gui
