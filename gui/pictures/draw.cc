#include "gui/pictures/draw.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QEventLoop>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <cmath>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "gui/charts/heatmap.h"
#include "gui/charts/picture.h"
#include "gui/charts/static_chart.h"
#include "gui/models/probe_words.h"
#include "gui/pictures/registry.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/head_grid.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kPollMs = 20;
constexpr int kDrawnMs = 120;  // in which charts that repaint by a timer have done so
constexpr int kLeastWidth = 720;
constexpr int kMostSide = 16000;       // Qt draws 32,767 pixels, two for each of these
constexpr double kMostPixels = 160e6;  // of the file

void waitMs(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
  loop.exec();
}

// In the place of something to click stands what it is set to.
void replace(QWidget* control, const QString& words) {
  if (control->isHidden()) return;
  QLayout* layout = control->parentWidget()->layout();
  if (!words.isEmpty() && layout != nullptr) {
    delete layout->replaceWidget(control, makeLabel(words, "figure", control->parentWidget()));
  }
  control->hide();
}

void makeStill(QWidget* all) {
  for (QComboBox* one : all->findChildren<QComboBox*>()) replace(one, one->currentText());
  for (QPushButton* one : all->findChildren<QPushButton*>()) {
    replace(one, one->isChecked() ? one->text() : QString());
  }
  for (QLineEdit* one : all->findChildren<QLineEdit*>()) one->hide();
  for (QProgressBar* one : all->findChildren<QProgressBar*>()) one->hide();
}

absl::Status fill(Lab* lab, Drawing* drawing) {
  auto lost = [lab] { return lab->session.state() == LabSession::State::kLost; };
  while (!lab->session.connected() && !lost()) waitMs(kPollMs);
  if (!lost()) drawing->begin();
  while (!lost() && drawing->status().ok() && !drawing->ready()) waitMs(kPollMs);
  return lost() ? lab->session.trouble() : drawing->status();
}

// What it is, of what, on which text, and the view.
std::unique_ptr<QWidget> makeSheet(const PictureRow& row, std::unique_ptr<Drawing> drawing) {
  auto sheet = std::make_unique<QWidget>();
  sheet->setProperty("role", QStringLiteral("page"));
  sheet->setAttribute(Qt::WA_DontShowOnScreen);
  sheet->setMinimumWidth(kLeastWidth);
  auto* column = new QVBoxLayout(sheet.get());
  column->setContentsMargins(space::kWide, space::kPadding, space::kWide, space::kWide);
  column->setSpacing(space::kTiny);
  column->addWidget(
      makeLabel(QCoreApplication::translate("Picture", row.title), "title", sheet.get()));
  column->addWidget(makeLabel(drawing->facts(), "dim", sheet.get()));
  auto* text = makeLabel({}, "row", sheet.get());
  text->setFont(monoFont(type::kRow));
  text->setObjectName(QStringLiteral("text"));
  column->addWidget(text);
  column->addSpacing(space::kSmall);
  drawing->makeStill();
  makeStill(drawing.get());
  column->addWidget(drawing.release(), 1);
  return sheet;
}

void setSize(QWidget* sheet, QSize size) {
  if (!size.isEmpty()) {
    for (Heatmap* one : sheet->findChildren<Heatmap*>()) one->setMinimumSize(0, 0);
    for (StaticChart* one : sheet->findChildren<StaticChart*>()) one->setMinimumSize(0, 0);
    sheet->setMinimumWidth(0);
  }
  sheet->show();
  QSize whole = sheet->minimumSizeHint().expandedTo(size).expandedTo(sheet->minimumSize());
  // Words that are wrapped take the more height, the narrower they are.
  whole.setHeight(std::max(whole.height(), sheet->layout()->minimumHeightForWidth(whole.width())));
  sheet->resize(whole);
}

}  // namespace

absl::StatusOr<QImage> drawPicture(Lab* lab, const PictureWish& wish, QSize size) {
  ASSIGN_OR_RETURN(const PictureRow* row, findPicture(wish.view));
  ASSIGN_OR_RETURN(std::unique_ptr<Drawing> drawing, row->make(lab, wish));
  RETURN_IF_ERROR(fill(lab, drawing.get()));
  const std::unique_ptr<QWidget> sheet = makeSheet(*row, std::move(drawing));
  setSize(sheet.get(), size);
  if (sheet->width() > kMostSide || sheet->height() > kMostSide) {
    return absl::InvalidArgumentError(
        StrCat("the picture would be ", sheet->width(), " x ", sheet->height(), " pixels, and ",
               kMostSide, " a side are the most: choose fewer layers, heads or positions"));
  }
  auto* text = sheet->findChild<QLabel*>(QStringLiteral("text"));
  setElided(text, tokenText(wish.text), sheet->width() - 2 * space::kWide);
  waitMs(kDrawnMs);
  const double area = double(sheet->width()) * sheet->height();
  const double ratio = std::clamp(std::sqrt(kMostPixels / area), 0.5, kPictureRatio);
  QImage picture((QSizeF(sheet->size()) * ratio).toSize(), QImage::Format_RGB32);
  picture.setDevicePixelRatio(ratio);
  picture.fill(tokensOf(sheet.get()).background);
  sheet->render(&picture);
  return picture;
}

absl::Status writePicture(Lab* lab, const PictureWish& wish, QSize size, const QString& file) {
  ASSIGN_OR_RETURN(const QImage picture, drawPicture(lab, wish, size));
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  if (!picture.save(&buffer, "PNG")) return absl::InternalError("the picture could not be encoded");
  return WriteFileAtomically(utf8(file), {bytes.constData(), static_cast<size_t>(bytes.size())});
}

}  // namespace lab::gui
