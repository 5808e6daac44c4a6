#include "cli/output/tensor_file.h"

#include <bit>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include <zip.h>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

static_assert(std::endian::native == std::endian::little);

// A tensor as files have it.
struct Entry {
  std::string name;
  std::vector<int64_t> shape;
  bool integer = false;
  std::string_view bytes;
};

template <class Value>
std::string_view BytesOf(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

bool IsActivation(const std::string& name) {
  return name.starts_with("blocks.") || name.starts_with("hook_") || name.starts_with("ln_final.");
}

// The text's tokens first, as `tokens`.
std::vector<Entry> EntriesOf(const Inspection& inspection, std::vector<int64_t>* tokens) {
  for (const v1::InspectToken& token : inspection.plan.tokens()) tokens->push_back(token.id());
  std::vector<Entry> entries = {
      {"tokens", {1, static_cast<int64_t>(tokens->size())}, true, BytesOf(*tokens)}};
  for (const InspectedTensor& tensor : inspection.tensors) {
    Entry& entry = entries.emplace_back();
    entry.name = tensor.facts.name();
    if (IsActivation(entry.name)) entry.shape.push_back(1);
    entry.shape.insert(entry.shape.end(), tensor.facts.shape().begin(), tensor.facts.shape().end());
    entry.integer = tensor.facts.dtype() == "int64";
    entry.bytes = entry.integer ? BytesOf(tensor.integers) : BytesOf(tensor.floats);
  }
  return entries;
}

template <class Number>
void AppendLittleEndian(std::string* bytes, Number number) {
  char raw[sizeof(Number)];
  std::memcpy(raw, &number, sizeof(Number));
  bytes->append(raw, sizeof(Number));
}

// https://github.com/huggingface/safetensors: length, JSON header, bytes.
std::string Safetensors(const std::vector<Entry>& entries) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  size_t at = 0;
  // The wider type first, so that each tensor lies at a multiple of its width.
  for (bool integer : {true, false}) {
    for (const Entry& entry : entries) {
      if (entry.integer != integer) continue;
      header[entry.name] = {{"dtype", integer ? "I64" : "F32"},
                            {"shape", entry.shape},
                            {"data_offsets", {at, at + entry.bytes.size()}}};
      at += entry.bytes.size();
    }
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string file;
  AppendLittleEndian(&file, uint64_t{text.size()});
  file += text;
  for (bool integer : {true, false}) {
    for (const Entry& entry : entries) {
      if (entry.integer == integer) file += entry.bytes;
    }
  }
  return file;
}

// numpy.lib.format, version 1.0.
std::string Npy(const Entry& entry) {
  std::string shape;
  for (int64_t size : entry.shape) shape += StrCat(size, ",");
  std::string header = StrCat("{'descr': '", entry.integer ? "<i8" : "<f4",
                              "', 'fortran_order': False, 'shape': (", shape, "), }");
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  AppendLittleEndian(&file, static_cast<uint16_t>(header.size()));
  return StrCat(file, header, std::string(entry.bytes));
}

// Uncompressed, as numpy.savez writes it.
absl::StatusOr<std::string> Npz(const std::vector<Entry>& entries) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = memory ? zip_open_from_source(memory, ZIP_TRUNCATE, &error) : nullptr;
  if (archive == nullptr) return absl::InternalError(zip_error_strerror(&error));
  zip_source_keep(memory);
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> kept(memory, zip_source_free);
  std::vector<std::string> files;
  files.reserve(entries.size());  // the archive reads them when it is closed
  auto failed = [&] {
    absl::Status status = absl::InternalError(zip_strerror(archive));
    zip_discard(archive);
    return status;
  };
  for (const Entry& entry : entries) {
    const std::string& file = files.emplace_back(Npy(entry));
    zip_source_t* source = zip_source_buffer(archive, file.data(), file.size(), 0);
    const zip_int64_t index =
        source ? zip_file_add(archive, (entry.name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8)
               : -1;
    if (index < 0) {
      zip_source_free(source);
      return failed();
    }
    const auto place = static_cast<zip_uint64_t>(index);
    if (zip_set_file_compression(archive, place, ZIP_CM_STORE, 0) != 0) return failed();
  }
  if (zip_close(archive) != 0) return failed();
  zip_stat_t facts;
  if (zip_source_stat(memory, &facts) != 0 || zip_source_open(memory) != 0) {
    return absl::InternalError(zip_error_strerror(zip_source_error(memory)));
  }
  std::string bytes(facts.size, '\0');
  const zip_int64_t read = zip_source_read(memory, bytes.data(), bytes.size());
  zip_source_close(memory);
  if (read != static_cast<zip_int64_t>(bytes.size())) {
    return absl::InternalError("the archive could not be read back");
  }
  return bytes;
}

}  // namespace

absl::Status CheckTensorFile(const std::string& path) {
  if (path.ends_with(".npz") || path.ends_with(".safetensors")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Absl(StrCat("--out: ", path, " must end in .npz or .safetensors, or in .png for a picture")));
}

absl::Status WriteTensorFile(const std::string& path, const Inspection& inspection) {
  RETURN_IF_ERROR(CheckTensorFile(path));
  std::vector<int64_t> tokens;
  const std::vector<Entry> entries = EntriesOf(inspection, &tokens);
  if (path.ends_with(".safetensors")) return WriteFileAtomically(path, Safetensors(entries));
  ASSIGN_OR_RETURN(std::string bytes, Npz(entries));
  return WriteFileAtomically(path, bytes);
}

}  // namespace lab::cli
