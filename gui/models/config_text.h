#pragma once

// The YAML text of a config as settings with dotted names, and back. Only the form of the text is
// looked at: what the settings mean is the worker's business. Pure; any thread.

#include <QString>
#include <vector>

namespace lab::gui {

// One value of a config.
struct Setting {
  QString field;  // "optim.learning_rate"
  QString text;   // as a form shows it: a scalar without quotes, a list's items between commas
  QString flow;   // as YAML that reads back to the same; "null" if it is unset
};

// What a text says.
struct SettingsText {
  std::vector<Setting> settings;  // in the order of the text, without those of `sweep:`
  std::vector<Setting> sweep;     // field → its values between commas
  QString error;                  // why the text cannot be read; "" if it can
  int line = 0;                   // where, from 1; 0 for none
};

// Never throws; a text that is too large or too deep to be a config is an error.
SettingsText readSettings(const QString& yaml);
// "optim.learning_rate=1e-4", as `--set` has it.
Setting readOverride(const QString& override);

// Settings as block YAML: sections nest where they are first named, a later setting of the same
// field wins. `sweep` may be empty.
QString writeSettings(const std::vector<Setting>& settings, const std::vector<Setting>& sweep);

// `text` as a YAML string: plain where everybody reads it as this very text, else in double quotes.
QString yamlString(const QString& text);
// A decimal number: what may stand in YAML as it was typed.
bool isDecimal(const QString& text);
// "1e-3, warm, \"a, b\"" as a flow list; `numbers` are decimals where they look like it, else every
// item is a string.
QString yamlList(const QString& items, bool numbers);

}  // namespace lab::gui
