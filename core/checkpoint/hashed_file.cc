#include "core/checkpoint/hashed_file.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

// Small enough to still be in the processor's cache when it is written after it was hashed.
constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus("writing", path);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

}  // namespace

struct HashedFile::State {
  std::filesystem::path path;
  int fd = -1;
  EVP_MD_CTX* hash = EVP_MD_CTX_new();
  int64_t size = 0;

  ~State() {
    if (fd >= 0) ::close(fd);
    EVP_MD_CTX_free(hash);
  }
};

HashedFile::HashedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
HashedFile::HashedFile(HashedFile&&) noexcept = default;
HashedFile::~HashedFile() = default;

absl::StatusOr<HashedFile> HashedFile::Create(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (state->fd < 0) return ErrnoStatus("creating", path);
  EVP_DigestInit_ex(state->hash, EVP_sha256(), nullptr);
  return HashedFile(std::move(state));
}

absl::Status HashedFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, std::min(bytes.size(), kPieceBytes));
    EVP_DigestUpdate(state_->hash, piece.data(), piece.size());
    RETURN_IF_ERROR(WriteAll(state_->fd, piece, state_->path));
    state_->size += static_cast<int64_t>(piece.size());
    bytes.remove_prefix(piece.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<WrittenFile> HashedFile::Finish() {
  if (::fsync(state_->fd) != 0) return ErrnoStatus("syncing", state_->path);
  int closed = ::close(state_->fd);  // NFS and quotas may report a full disk only here
  state_->fd = -1;
  if (closed != 0) return ErrnoStatus("closing", state_->path);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->hash, digest.data(), &size);
  return WrittenFile{state_->size, ToHex({reinterpret_cast<const char*>(digest.data()), size})};
}

absl::StatusOr<WrittenFile> WriteHashedFile(const std::filesystem::path& path,
                                            std::string_view content) {
  ASSIGN_OR_RETURN(HashedFile file, HashedFile::Create(path));
  RETURN_IF_ERROR(file.Append(content));
  return file.Finish();
}

}  // namespace lab
