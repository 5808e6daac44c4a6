#include "gui/app/options.h"

#include <QCommandLineParser>

#include "core/base/strings.h"
#include "gui/pages/registry.h"

namespace lab::gui {
namespace {

QString s(const char* text) { return QString::fromUtf8(text); }

QStringList pageIds() {
  QStringList ids;
  for (const PageRow& row : pageRows()) ids << s(row.id);
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
      {s("size"), s("Size of the window, as 1280x800."), s("WxH")},
      {s("screenshot"), s("Write the page to this PNG once its data is there, and exit."),
       s("FILE")},
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
  return options;
}

QString helpText() {
  QCommandLineParser parser;
  addOptions(&parser);
  return parser.helpText();
}

}  // namespace lab::gui
