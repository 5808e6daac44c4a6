#include "gui/charts/picture.h"

#include <QWidget>

#include "gui/models/words.h"
#include "gui/style/tokens.h"

namespace lab::gui {

QImage blankPicture(const QWidget* widget) {
  QImage picture((QSizeF(widget->size()) * kPictureRatio).toSize(), QImage::Format_RGB32);
  picture.setDevicePixelRatio(kPictureRatio);
  picture.fill(tokensOf(widget).card);
  return picture;
}

absl::Status savePicture(const QImage& picture, const QString& path) {
  if (picture.save(path, "PNG")) return absl::OkStatus();
  return absl::UnavailableError("cannot write the picture " + utf8(path));
}

absl::Status savePicture(QWidget* widget, const QString& path) {
  QImage picture = blankPicture(widget);
  widget->render(&picture, {}, {}, QWidget::DrawChildren);
  return savePicture(picture, path);
}

}  // namespace lab::gui
