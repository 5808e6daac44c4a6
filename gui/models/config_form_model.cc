#include "gui/models/config_form_model.h"

#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// Of settings without a section, and of what belongs to every job.
constexpr char kRunGroup[] = "run";

QString labelOf(const std::string& name, const QString& group) {
  QString label = q(name);
  if (label.startsWith(group + QLatin1Char('.'))) label = label.mid(group.size() + 1);
  return label.replace(QLatin1Char('_'), QLatin1Char(' '))
      .replace(QLatin1Char('.'), QLatin1Char(' '));
}

// "0.1" of `0.1`, "a b" of `"a b"`.
QString plainText(const std::string& yaml) {
  if (yaml.empty()) return {};
  const SettingsText read = readSettings(QStringLiteral("v: ") + q(yaml));
  return read.settings.empty() ? q(yaml) : read.settings[0].text;
}

bool isNumber(const FormField& field) {
  return field.spec.type() == "int" || field.spec.type() == "float";
}

QString messageOf(const v1::FieldError& error) {
  QString message = q(error.message());
  if (!error.suggestion().empty()) {
    message += QObject::tr("; did you mean %1?").arg(q(error.suggestion()));
  }
  return message;
}

// What every job has beside its own settings.
FormField ownField(const char* name, const char* type, const char* fallback, const QString& help) {
  v1::Field spec;
  spec.set_name(name);
  spec.set_type(type);
  spec.set_default_value(fallback);
  spec.set_help(utf8(help));
  FormField field = formField(spec);
  field.group = QString::fromLatin1(kRunGroup);
  return field;
}

}  // namespace

FormField formField(const v1::Field& spec) {
  FormField field;
  field.spec = spec;
  const QString name = q(spec.name());
  // Without a heading of its own a field stands with its outermost section.
  const bool own = !spec.group().empty() && !name.startsWith(q(spec.group()) + QLatin1Char('.'));
  const qsizetype dot = name.indexOf(QLatin1Char('.'));
  field.group = own ? q(spec.group()) : dot > 0 ? name.left(dot) : QString::fromLatin1(kRunGroup);
  field.label = labelOf(spec.name(), field.group);
  field.fallback = plainText(spec.default_value());
  field.value = field.fallback;
  return field;
}

QString yamlOf(const FormField& field) {
  const QString& value = field.value;
  if (field.spec.type() == "list") {
    const bool whole = value.startsWith(QLatin1Char('[')) && value.endsWith(QLatin1Char(']'));
    return yamlList(whole ? value.mid(1, value.size() - 2) : value, true);
  }
  const bool is_auto = field.spec.auto_() && value == QStringLiteral("auto");
  const bool is_bool = field.spec.type() == "bool" &&
                       (value == QStringLiteral("true") || value == QStringLiteral("false"));
  if (is_auto || is_bool || (isNumber(field) && isDecimal(value))) return value;
  return yamlString(value);
}

bool FormField::changed() const {
  if (value == fallback) return false;
  if (value.isEmpty()) return isText() && !spec.optional();
  if (!isNumber(*this) || !isDecimal(value) || !isDecimal(fallback)) return true;
  return value.toDouble() != fallback.toDouble();
}

ConfigFormModel::ConfigFormModel(QObject* parent) : QObject(parent) {}

void ConfigFormModel::setCatalog(const v1::Catalog& catalog) {
  if (catalog.SerializeAsString() == catalog_.SerializeAsString()) return;
  const QString before = type_.name().empty() ? QString() : yaml();
  const std::string type = type_.name();
  catalog_ = catalog;
  if (before.isEmpty() && catalog.job_types_size() > 0) return setType(catalog.job_types(0).name());
  setType(type);
  setYaml(before);
}

void ConfigFormModel::setType(std::string_view name) {
  for (const v1::JobType& type : catalog_.job_types()) {
    if (type.name() != name) continue;
    type_ = type;
    text_stands_ = false;
    file_.clear();
    base_.clear();
    trouble_.clear();
    others_.clear();
    sweep_.clear();
    build();
    settle();
    return;
  }
}

void ConfigFormModel::build() {
  const std::vector<FormField> before = std::move(fields_);
  fields_.clear();
  fields_.push_back(ownField("name", "string", "", tr("what it is called; else the type's name")));
  fields_.front().spec.set_optional(true);
  std::vector<FormField> of_run;
  for (const v1::Field& spec : type_.fields()) {
    FormField field = formField(spec);
    (field.group == QString::fromLatin1(kRunGroup) ? of_run : fields_).push_back(std::move(field));
  }
  // The run's own fields stand last, together.
  std::rotate(fields_.begin(), fields_.begin() + 1, fields_.end());
  for (FormField& field : of_run) fields_.push_back(std::move(field));
  fields_.push_back(
      ownField("seeds", "int", "1", tr("so many runs as a group; only the seed differs")));
  fields_.push_back(ownField("priority", "int", "0", tr("higher starts first")));
  fields_.back().of_queue = true;
  fields_.push_back(ownField("hold", "bool", "false", tr("queue it, but do not start it yet")));
  fields_.back().of_queue = true;
  for (const FormField& known : before) {
    if (known.of_queue) fields_[indexOf(known.spec.name())].value = known.value;
  }
}

void ConfigFormModel::settle() {
  errors_elsewhere_.clear();
  warnings_elsewhere_.clear();
  wrong_lines_.clear();
  Q_EMIT rebuilt();
  Q_EMIT sweepChanged();
  Q_EMIT edited();
}

int ConfigFormModel::indexOf(std::string_view name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].spec.name() == name) return static_cast<int>(i);
  }
  return -1;
}

void ConfigFormModel::setValue(int index, const QString& value) {
  FormField& field = fields_[index];
  if (field.value == value) return;
  field.value = value;
  // An old error says nothing of a new value.
  field.error.clear();
  field.warning.clear();
  if (!field.of_queue) text_stands_ = false;
  Q_EMIT fieldChanged(index);
  Q_EMIT edited();
}

void ConfigFormModel::setSweep(std::vector<SweepRow> rows) {
  sweep_ = std::move(rows);
  text_stands_ = false;
  Q_EMIT edited();
}

std::vector<Setting> ConfigFormModel::settings() const {
  std::vector<Setting> settings = {
      {QStringLiteral("type"), q(type_.name()), yamlString(q(type_.name()))}};
  const int name = indexOf("name");
  const auto add = [&settings](const FormField& field) {
    if (field.of_queue || !field.changed()) return;
    settings.push_back({q(field.spec.name()), field.value, yamlOf(field)});
  };
  if (name >= 0) add(fields_[name]);
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (static_cast<int>(i) != name) add(fields_[i]);
  }
  // What the form does not know comes first among equals, so that a field of the form wins.
  settings.insert(settings.begin() + 1, others_.begin(), others_.end());
  return settings;
}

QString ConfigFormModel::yaml() const {
  if (text_stands_) return text_;
  std::vector<Setting> sweep;
  for (const SweepRow& row : sweep_) {
    if (row.field.isEmpty() || row.values.trimmed().isEmpty()) continue;
    const int index = indexOf(utf8(row.field));
    const bool text = index >= 0 && fields_[index].isText();
    sweep.push_back({row.field, row.values, yamlList(row.values, !text)});
  }
  return writeSettings(settings(), sweep);
}

void ConfigFormModel::setYaml(const QString& text) {
  text_ = text;
  text_stands_ = true;
  takeText(readSettings(text));
  settle();
}

void ConfigFormModel::load(const v1::ConfigText& config) {
  const QString text = q(config.text());
  text_ = text;
  text_stands_ = config.overrides().empty();
  file_ = config.file();
  base_ = config.base();
  SettingsText read = readSettings(text);
  for (const std::string& override : config.overrides()) {
    read.settings.push_back(readOverride(q(override)));
  }
  takeText(read);
  if (!trouble_.isEmpty()) text_stands_ = true;
  settle();
}

void ConfigFormModel::takeText(const SettingsText& read) {
  trouble_ = read.error;
  trouble_line_ = read.line;
  if (!trouble_.isEmpty()) return;
  for (const Setting& setting : read.settings) {
    if (setting.field != QStringLiteral("type") || setting.text == q(type_.name())) continue;
    const auto known =
        std::find_if(catalog_.job_types().begin(), catalog_.job_types().end(),
                     [&](const v1::JobType& type) { return q(type.name()) == setting.text; });
    if (known == catalog_.job_types().end()) {
      trouble_ = tr("there is no job type %1").arg(setting.text);
      return;
    }
    type_ = *known;
  }
  build();
  others_.clear();
  sweep_.clear();
  for (const Setting& setting : read.settings) apply(setting);
  for (const Setting& axis : read.sweep) sweep_.push_back({axis.field, axis.text, {}});
}

void ConfigFormModel::apply(const Setting& setting) {
  if (setting.field == QStringLiteral("type")) return;
  const int index = indexOf(utf8(setting.field));
  if (index < 0 || fields_[index].of_queue) {
    others_.push_back(setting);
  } else if (setting.flow != QStringLiteral("null")) {
    fields_[index].value = setting.text;
  }
}

QString ConfigFormModel::trouble() const {
  if (trouble_.isEmpty()) return {};
  return trouble_line_ > 0 ? tr("line %1: %2").arg(trouble_line_).arg(trouble_) : trouble_;
}

QList<int> ConfigFormModel::wrongLines() const {
  QList<int> lines = wrong_lines_;
  if (!trouble_.isEmpty() && trouble_line_ > 0) lines << trouble_line_;
  return lines;
}

v1::ConfigText ConfigFormModel::config() const {
  v1::ConfigText config;
  config.set_text(utf8(yaml()));
  config.set_file(file_);
  config.set_base(base_);
  return config;
}

v1::CreateJobRequest ConfigFormModel::request() const {
  v1::CreateJobRequest request;
  *request.mutable_config() = config();
  const int priority = indexOf("priority"), hold = indexOf("hold");
  if (priority >= 0) request.set_priority(fields_[priority].value.toLongLong());
  if (hold >= 0) request.set_hold(fields_[hold].value == QStringLiteral("true"));
  return request;
}

void ConfigFormModel::take(const v1::CheckReport& report) {
  const std::vector<FormField> before = fields_;
  errors_elsewhere_.clear();
  warnings_elsewhere_.clear();
  wrong_lines_.clear();
  for (FormField& field : fields_) {
    field.error.clear();
    field.warning.clear();
  }
  for (SweepRow& row : sweep_) row.error.clear();
  const auto tell = [](const v1::FieldError& error) {
    QString told = error.field().empty() ? QString() : q(error.field()) + QStringLiteral(": ");
    if (error.line() > 0) told.prepend(tr("line %1: ").arg(error.line()));
    return told + messageOf(error);
  };
  for (const v1::FieldError& error : report.errors()) {
    const bool of_text = error.file() != "--set";
    if (of_text && error.line() > 0) wrong_lines_ << error.line();
    if (!placeAtSweep(error) && !placeAtField(error, true)) errors_elsewhere_ << tell(error);
  }
  for (const v1::FieldError& warning : report.warnings()) {
    if (!placeAtField(warning, false)) warnings_elsewhere_ << tell(warning);
  }
  if (!report.resolved().empty()) {
    for (const Setting& setting : readSettings(q(report.resolved())).settings) {
      const int index = indexOf(utf8(setting.field));
      if (index >= 0) {
        fields_[index].resolved = setting.flow == QStringLiteral("null") ? QString() : setting.text;
      }
    }
  }
  const int priority = indexOf("priority");
  if (priority >= 0) {
    bool whole = false;
    fields_[priority].value.toLongLong(&whole);
    if (!whole && !fields_[priority].value.isEmpty()) {
      fields_[priority].error = tr("must be a whole number");
    }
  }
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].error != before[i].error || fields_[i].warning != before[i].warning ||
        fields_[i].resolved != before[i].resolved) {
      Q_EMIT fieldChanged(static_cast<int>(i));
    }
  }
  Q_EMIT judged();
}

bool ConfigFormModel::placeAtField(const v1::FieldError& error, bool is_error) {
  const int index = indexOf(error.field());
  if (index < 0) return false;
  QString& place = is_error ? fields_[index].error : fields_[index].warning;
  if (place.isEmpty()) place = messageOf(error);
  return true;
}

bool ConfigFormModel::placeAtSweep(const v1::FieldError& error) {
  const QString field = q(error.field());
  const bool in_sweep = field.startsWith(QStringLiteral("sweep."));
  if (!in_sweep && error.file() != "--set") return false;
  for (SweepRow& row : sweep_) {
    if (row.field != (in_sweep ? field.mid(6) : field)) continue;
    if (row.error.isEmpty()) row.error = messageOf(error);
    return true;
  }
  return false;
}

int ConfigFormModel::firstError() const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (!fields_[i].error.isEmpty()) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace lab::gui
