#include "twoparty/ot/block_table.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace veilward::ot {
namespace {

constexpr std::size_t huge_page_bytes = std::size_t{1} << 21;

}  // namespace

BlockTable::BlockTable(std::size_t n) : size_(n) {
  const std::size_t bytes = (n * sizeof(Block) + huge_page_bytes - 1) / huge_page_bytes * huge_page_bytes;
  data_.reset(static_cast<Block*>(std::aligned_alloc(huge_page_bytes, bytes)));
  if (!data_) throw std::bad_alloc();
#if defined(__linux__)
  (void)madvise(data_.get(), bytes, MADV_HUGEPAGE);  // refused where there are none, which costs nothing but time
#endif
  std::memset(static_cast<void*>(data_.get()), 0, n * sizeof(Block));
}

BlockTable::~BlockTable() { aes::wipe(data_.get(), size_ * sizeof(Block)); }

void BlockTable::swap(BlockTable& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
}

void BlockTable::Free::operator()(Block* data) const { std::free(data); }

}  // namespace veilward::ot
