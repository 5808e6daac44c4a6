#include "gui/app/options.h"

#include <QCommandLineParser>

#include "core/base/strings.h"
#include "gui/pages/registry.h"
#include "gui/pictures/registry.h"
#include "proto/client/number_list.h"

namespace lab::gui {
namespace {

QString s(const char* text) { return QString::fromUtf8(text); }

QStringList pageIds() {
  QStringList ids;
  for (const PageRow& row : pageRows()) ids << s(row.id);
  return ids;
}

QStringList pictureIds() {
  QStringList ids;
  for (const PictureRow& row : pictureRows()) ids << s(row.id);
  return ids;
}

void addOptions(QCommandLineParser* parser) {
  parser->setApplicationDescription(
      s("The desktop of LLM Learning Lab. It shows and steers what labd does; closing it never "
        "touches a job."));
  parser->addOptions({
      {s("host"), s("labd to talk to: unix:/path, host:port, or a name that labctl connect knows."),
       s("ADDRESS")},
      {s("page"), s("Open this page: ") + pageIds().join(s(" ")) + s("."), s("NAME")},
      {s("job"), s("Show this job."), s("ID")},
      {s("theme"), s("light or dark; else as the system."), s("THEME")},
      {s("size"), s("Size of the window, as 1280x800; of a picture the least."), s("WxH")},
      {s("screenshot"), s("Write the page to this PNG once its data is there, and exit."),
       s("FILE")},
      {s("picture"),
       s("Write one view of a model on a text to this PNG, without a window; labctl inspect --out "
         "does it for you."),
       s("FILE")},
      {s("look"), s("The picture's model: 12, 12@600 or a folder."), s("REF")},
      {s("view"), s("What the picture shows: ") + pictureIds().join(s(" ")) + s("."), s("NAME")},
      {s("text"), s("What the model reads."), s("TEXT")},
      {s("layers"), s("Of these layers only, as in 0,3-5."), s("LIST")},
      {s("heads"), s("Of these heads only."), s("LIST")},
      {s("positions"), s("Of these tokens only, as queries and rows."), s("LIST")},
      {s("sort"), s("By which score the heads are sorted, or which is followed over training."),
       s("SCORE")},
      {s("target"), s("The token whose logit is taken apart."), s("ID")},
      {s("max-bytes"), s("Memory that a look may take; labd's limit if not given."), s("BYTES")},
      {{s("h"), s("help")}, s("This text.")},
      {s("version"), s("The version.")},
  });
}

absl::StatusOr<QSize> parseSize(const QString& text) {
  const QStringList parts = text.split(QLatin1Char('x'));
  bool wide = false, high = false;
  if (parts.size() == 2) {
    const QSize size(parts[0].toInt(&wide), parts[1].toInt(&high));
    if (wide && high && size.width() >= 320 && size.height() >= 240 && size.width() <= 16384 &&
        size.height() <= 16384) {
      return size;
    }
  }
  return absl::InvalidArgumentError(
      StrCat("--size: \"", text.toStdString(), "\" is not WIDTHxHEIGHT, as 1280x800"));
}

absl::Status takeNumbers(const QCommandLineParser& parser, const char* option,
                         google::protobuf::RepeatedField<int64_t>* numbers) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> all,
                   ParseNumbers(StrCat("--", option), parser.value(s(option)).toStdString()));
  numbers->Add(all.begin(), all.end());
  return absl::OkStatus();
}

absl::StatusOr<int64_t> parseNumber(const QCommandLineParser& parser, const char* option) {
  bool number = false;
  const int64_t value = parser.value(s(option)).toLongLong(&number);
  if (number && value >= 0) return value;
  return absl::InvalidArgumentError(
      StrCat("--", option, ": \"", parser.value(s(option)).toStdString(), "\" is no number"));
}

absl::StatusOr<PictureWish> parseWish(const QCommandLineParser& parser) {
  for (const char* needed : {"look", "view", "text"}) {
    if (parser.isSet(s(needed))) continue;
    return absl::InvalidArgumentError(StrCat("a picture needs --", needed));
  }
  PictureWish wish;
  wish.view = parser.value(s("view"));
  RETURN_IF_ERROR(findPicture(wish.view).status());
  wish.reference = parser.value(s("look")).toStdString();
  wish.text = parser.value(s("text")).toStdString();
  wish.sort = parser.value(s("sort"));
  v1::InspectRequest& selection = wish.selection;
  RETURN_IF_ERROR(takeNumbers(parser, "layers", selection.mutable_layers()));
  RETURN_IF_ERROR(takeNumbers(parser, "heads", selection.mutable_heads()));
  RETURN_IF_ERROR(takeNumbers(parser, "positions", selection.mutable_positions()));
  if (parser.isSet(s("target"))) {
    ASSIGN_OR_RETURN(const int64_t target, parseNumber(parser, "target"));
    selection.set_target(target);
  }
  if (parser.isSet(s("max-bytes"))) {
    ASSIGN_OR_RETURN(const int64_t most, parseNumber(parser, "max-bytes"));
    selection.set_max_bytes(most);
  }
  return wish;
}

}  // namespace

absl::StatusOr<Options> parseOptions(const QStringList& arguments) {
  QCommandLineParser parser;
  addOptions(&parser);
  if (!parser.parse(arguments)) return absl::InvalidArgumentError(parser.errorText().toStdString());
  if (!parser.positionalArguments().isEmpty()) {
    return absl::InvalidArgumentError(
        StrCat("unknown argument ", parser.positionalArguments().first().toStdString()));
  }
  Options options;
  options.help = parser.isSet(s("help"));
  options.version = parser.isSet(s("version"));
  options.host = parser.value(s("host"));
  options.page = parser.value(s("page"));
  options.screenshot = parser.value(s("screenshot"));
  if (!options.page.isEmpty() && !pageIds().contains(options.page)) {
    return absl::InvalidArgumentError(StrCat("there is no page ", options.page.toStdString(),
                                             "; there are ",
                                             pageIds().join(s(", ")).toStdString()));
  }
  if (parser.isSet(s("job"))) {
    bool number = false;
    options.job = parser.value(s("job")).toLongLong(&number);
    if (!number || options.job <= 0) {
      return absl::InvalidArgumentError("--job: a job is named by its number");
    }
  }
  if (parser.isSet(s("theme"))) {
    const QString theme = parser.value(s("theme"));
    options.theme = Theme::modeOf(theme);
    if (Theme::nameOf(*options.theme) != theme) {
      return absl::InvalidArgumentError("--theme: light, dark or system");
    }
  }
  if (parser.isSet(s("size"))) {
    ASSIGN_OR_RETURN(options.size, parseSize(parser.value(s("size"))));
  }
  options.picture = parser.value(s("picture"));
  if (!options.picture.isEmpty()) {
    ASSIGN_OR_RETURN(options.wish, parseWish(parser));
  }
  return options;
}

QString helpText() {
  QCommandLineParser parser;
  addOptions(&parser);
  return parser.helpText();
}

}  // namespace lab::gui
