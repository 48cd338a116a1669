/// A long array of blocks that is read at random: aligned to huge pages where the system has them, wiped at its end.
#pragma once

#include <memory>
#include <span>

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;

class BlockTable {
 public:
  /// n zero blocks. Throws std::bad_alloc.
  explicit BlockTable(std::size_t n);
  ~BlockTable();
  BlockTable(const BlockTable&) = delete;
  BlockTable& operator=(const BlockTable&) = delete;

  [[nodiscard]] Block* data() { return data_.get(); }
  [[nodiscard]] const Block* data() const { return data_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<Block> span() { return {data_.get(), size_}; }
  void swap(BlockTable& other) noexcept;

 private:
  struct Free {
    void operator()(Block* data) const;
  };
  std::unique_ptr<Block[], Free> data_;
  std::size_t size_;
};

}  // namespace veilward::ot
