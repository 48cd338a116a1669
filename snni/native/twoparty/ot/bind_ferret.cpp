/// FerretSender and FerretReceiver, with the same requests as Sender and Receiver (bind_extension.cpp); here the sender
/// writes the message and the receiver reads it.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <map>
#include <string>

#include "twoparty/ot/bind.h"
#include "twoparty/ot/ferret_receiver.h"
#include "twoparty/ot/ferret_sender.h"
#include "twoparty/ot/requests.h"

namespace nb = nanobind;

namespace veilward::ot {
namespace {

template <class End>
std::unique_ptr<End> make_end(int lpn, int k, std::uint8_t direction, const KeyBytes& seed) {
  return std::make_unique<End>(lpn, k, direction, seed_of(seed));
}

Out<std::uint8_t> reply(FerretSender& self, const Message& offer) { return array_of(self.reply(span_of(offer))); }
void accept_trees(FerretSender& self, const Message& trees) { self.accept_trees(span_of(trees)); }
Out<std::uint8_t> seal(FerretSender& self) { return array_of(self.seal_check()); }
Out<std::uint8_t> answer(FerretSender& self, const Message& challenge) {
  return array_of(self.answer(span_of(challenge)));
}

Out<std::uint8_t> send_leaf(FerretSender& self, int bits, const Words1& pads) {
  return make(self, checked(Kind::leaf, bits, {pads.size()}), SenderOut{.words = pads.data()});
}

Out<std::uint8_t> send_wide(FerretSender& self, int bits, const WordRows& pads) {
  return make(self, checked_wide(bits, pads), SenderOut{.words = pads.data()});
}

Out<std::uint8_t> send_bits2(FerretSender& self, const Bytes1& m0, const Bytes1& m1) {
  return make(self, checked(Kind::bits2, 2, {m0.size(), m1.size()}),
              SenderOut{.bytes0 = m0.data(), .bytes1 = m1.data()});
}

Out<std::uint8_t> send_pads(FerretSender& self, int bits, const Words1& p0, const Words1& p1) {
  return make(self, checked(Kind::pads, bits, {p0.size(), p1.size()}),
              SenderOut{.words = p0.data(), .words1 = p1.data()});
}

Out<std::uint8_t> send_crossed(FerretSender& self, const Words10& pads) {
  return make(self, checked(Kind::crossed, 32, {pads.shape(0)}), SenderOut{.words = pads.data()});
}

Out<std::uint8_t> send_cot(FerretSender& self, const Blocks& q) {
  std::vector<Block> staged(q.shape(0));
  auto message = make(self, checked(Kind::cot, 0, {q.shape(0)}), SenderOut{.q = staged.data()});
  copy_blocks(staged, q);
  return message;
}

Out<std::uint8_t> reveal_delta(const FerretSender& self) { return array_of(self.reveal_delta()); }

Out<std::uint8_t> offer(const FerretReceiver& self) { return array_of(self.offer()); }
Out<std::uint8_t> trees(FerretReceiver& self, const Message& reply) { return array_of(self.trees(span_of(reply))); }
void take_seal(FerretReceiver& self, const Message& message) { self.seal_check(span_of(message)); }
Out<std::uint8_t> challenge(const FerretReceiver& self) { return array_of(self.challenge()); }
void verify(FerretReceiver& self, const Message& answer) { self.verify(span_of(answer)); }

void receive_leaf(FerretReceiver& self, const Message& message, int bits, const Bytes1& rho, const Bytes1& pad) {
  serve(self, checked(Kind::leaf, bits, {rho.size(), pad.size()}), message,
        ReceiverOut{.rho = rho.data(), .bytes = pad.data()});
}

void receive_wide(FerretReceiver& self, const Message& message, int bits, const Bytes1& rho, const Bytes1& pad) {
  serve(self, checked(Kind::wide, bits, {rho.size(), pad.size()}), message,
        ReceiverOut{.rho = rho.data(), .bytes = pad.data()});
}

void receive_bits2(FerretReceiver& self, const Message& message, const Bytes1& rho, const Bytes1& chosen) {
  serve(self, checked(Kind::bits2, 2, {rho.size(), chosen.size()}), message,
        ReceiverOut{.rho = rho.data(), .bytes = chosen.data()});
}

void receive_pads(FerretReceiver& self, const Message& message, int bits, const Bytes1& rho, const Words1& pad) {
  serve(self, checked(Kind::pads, bits, {rho.size(), pad.size()}), message,
        ReceiverOut{.rho = rho.data(), .words = pad.data()});
}

void receive_crossed(FerretReceiver& self, const Message& message, const Bytes1& rho, const Words4& pad) {
  serve(self, checked(Kind::crossed, 32, {rho.size(), pad.shape(0)}), message,
        ReceiverOut{.rho = rho.data(), .words = pad.data()});
}

void receive_cot(FerretReceiver& self, const Message& message, const Bytes1& choices, const Blocks& t) {
  std::vector<Block> staged(t.shape(0));
  serve(self, checked(Kind::cot, 0, {t.shape(0), choices.size()}), message,
        ReceiverOut{.rho = choices.data(), .t = staged.data()});
  copy_blocks(staged, t);
}

std::size_t message_bytes(int lpn, std::uint64_t first, int transfers, std::size_t n) {
  const std::uint64_t blocks = (n * static_cast<std::size_t>(transfers) + 127) / 128;
  return extend_header_bytes + Ferret::body_bytes(lpn_set(lpn), first, blocks * transfers_per_block);
}

std::size_t base_bytes(int lpn, int k) {
  const std::size_t blocks = Correlation{Kind::cot, 0, lpn_set(lpn).base()}.blocks();
  return extend_header_bytes + (Groups(k).count() - 1) * blocks * sizeof(Block) + Extension::proof_message_bytes(k);
}

std::map<std::string, std::size_t> set_of(int lpn) {
  const LpnSet& set = lpn_set(lpn);
  return {{"n", set.trees * set.leaves()},
          {"k", set.secret()},
          {"t", set.trees},
          {"depth", static_cast<std::size_t>(set.depth)},
          {"base", set.base()},
          {"usable", set.usable()}};
}

void bind_sender(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<FerretSender>(module, "FerretSender", "Holds both messages. Fills arrays, returns the message to send.")
      .def(nb::new_(&make_end<FerretSender>), "lpn"_a, "k"_a, "direction"_a, "seed"_a)
      .def("reply", &reply, "offer"_a)
      .def("accept_trees", &accept_trees, "trees"_a)
      .def("leaf", &send_leaf, "bits"_a, "pads"_a)
      .def("wide", &send_wide, "bits"_a, "pads"_a)
      .def("bits2", &send_bits2, "m0"_a, "m1"_a)
      .def("pads", &send_pads, "bits"_a, "p0"_a, "p1"_a)
      .def("crossed", &send_crossed, "pads"_a)
      .def("cot", &send_cot, "q"_a)
      .def("seal", &seal)
      .def("answer", &answer, "challenge"_a)
      .def("reveal_delta", &reveal_delta)
      .def_prop_ro("next", &FerretSender::next, "Transfers claimed so far; only grows.");
}

void bind_receiver(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<FerretReceiver>(module, "FerretReceiver", "Holds a choice and its message. Fills the arrays it is given.")
      .def(nb::new_(&make_end<FerretReceiver>), "lpn"_a, "k"_a, "direction"_a, "seed"_a)
      .def("offer", &offer)
      .def("trees", &trees, "reply"_a)
      .def("leaf", &receive_leaf, "message"_a, "bits"_a, "rho"_a, "pad"_a)
      .def("wide", &receive_wide, "message"_a, "bits"_a, "rho"_a, "pad"_a)
      .def("bits2", &receive_bits2, "message"_a, "rho"_a, "chosen"_a)
      .def("pads", &receive_pads, "message"_a, "bits"_a, "rho"_a, "pad"_a)
      .def("crossed", &receive_crossed, "message"_a, "rho"_a, "pad"_a)
      .def("cot", &receive_cot, "message"_a, "choices"_a, "t"_a)
      .def("seal", &take_seal, "message"_a)
      .def("challenge", &challenge)
      .def("verify", &verify, "answer"_a)
      .def_prop_ro("next", &FerretReceiver::next, "Transfers claimed so far; only grows.");
}

}  // namespace

void bind_ferret(nb::module_& module) {
  using namespace nb::literals;
  bind_sender(module);
  bind_receiver(module);
  module.def("ferret_message_bytes", &message_bytes, "lpn"_a, "first"_a, "transfers"_a, "n"_a,
             "Bytes of the message of n results from position `first` of the stream on.");
  module.attr("CHALLENGE_BYTES") = Ferret::challenge_bytes;
  module.attr("ANSWER_BYTES") = Ferret::answer_bytes;
  module.def("ferret_base_bytes", &base_bytes, "lpn"_a, "k"_a,
             "Bytes that follow the trees at set-up: the first base and its proof.");
  module.def("lpn_set", &set_of, "lpn"_a, "A parameter set: n, k, t, depth, its base transfers, its usable outputs.");
}

}  // namespace veilward::ot
