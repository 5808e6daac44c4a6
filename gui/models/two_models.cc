#include "gui/models/two_models.h"

#include <QObject>

#include "gui/models/words.h"

namespace lab::gui {

QString shapeWords(const v1::OpenResponse& model) {
  return QObject::tr("%1 layers × %2 heads, %3 wide")
      .arg(model.layer_count())
      .arg(model.head_count())
      .arg(model.width());
}

absl::Status comparable(const LookedAt& a, const LookedAt& b) {
  const bool one_shape = a.model.layer_count() == b.model.layer_count() &&
                         a.model.head_count() == b.model.head_count() &&
                         a.model.width() == b.model.width();
  if (!one_shape) {
    return absl::FailedPreconditionError(
        utf8(QObject::tr("%1 has %2, %3 has %4")
                 .arg(q(a.reference), shapeWords(a.model), q(b.reference), shapeWords(b.model))));
  }
  if (a.ids == b.ids) return absl::OkStatus();
  return absl::FailedPreconditionError(
      utf8(QObject::tr("the tokenizers differ: the text is %1 tokens in %2, %3 in %4")
               .arg(grouped(static_cast<int64_t>(a.ids.size())), q(a.reference),
                    grouped(static_cast<int64_t>(b.ids.size())), q(b.reference))));
}

}  // namespace lab::gui
