// Drives one Verilated design through whole streams. Nothing about the streams is compiled in: beats, frame
// count and stall patterns come from a file at run time, and output beats go to a file with their cycles.
//
//     simulator STIMULUS RESULT [WAVES FIRST END]
//
// Both files are native-endian; windrow_sim/engines/verilator.py writes the one and reads the other.
// Cycle 0 is the first clock cycle: at power-up registers are as after a reset. Within a cycle: inputs are set while the clock is low, the
// handshakes are sampled, then comes the rising edge.
// What a design says on a port `seen` is kept for every cycle, as it is when the handshakes are sampled.
// The waves have the cycles FIRST <= cycle < END.

#include "Vdut.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Waves = VerilatedFstC;
#elif VM_TRACE_VCD
#include "verilated_vcd_c.h"
using Waves = VerilatedVcdC;
#endif

namespace {

struct Header {
    uint64_t distinct;       // input beats in the file, sent from the first again when they run out
    uint64_t input_beats;    // input transfers in all
    uint64_t output_beats;   // output transfers in all
    uint64_t input_words;    // 32-bit words per beat
    uint64_t output_words;
    uint64_t input_stalls;   // lengths of the stall patterns
    uint64_t output_stalls;
    uint64_t input_head;     // cycles of them that come only once
    uint64_t output_head;
    uint64_t patience;       // cycles without a transfer after which the run counts as hung
    uint64_t drain;          // cycles to watch after the last transfer
    uint64_t weights;        // transfers to port weights before cycle 0
    uint64_t weight_words;
    uint64_t settings;       // the same for port settings, after the weights
    uint64_t setting_words;
};

enum Status : uint64_t { kDone = 0, kHang = 1, kExtra = 2, kWeightsHang = 3, kSettingsHang = 4, kRefused = 5 };

struct Result {
    uint64_t status;
    uint64_t cycle;          // in which the run ended
    uint64_t accepted;
    uint64_t delivered;
    uint64_t first_accepted;
    uint64_t first_offered;
};

// Payload ports are 8, 16, 32 or 64 bits wide in C++, or arrays of 32-bit words.
template <typename Port>
void put(Port& port, const uint32_t* words) {
    uint64_t value = words[0];
    if (sizeof(Port) > 4) value |= static_cast<uint64_t>(words[1]) << 32;
    port = static_cast<Port>(value);
}
template <std::size_t N>
void put(VlWide<N>& port, const uint32_t* words) {
    std::memcpy(port.data(), words, sizeof(uint32_t) * N);
}
template <typename Port>
void get(const Port& port, uint32_t* words) {
    words[0] = static_cast<uint32_t>(port);
    if (sizeof(Port) > 4) words[1] = static_cast<uint32_t>(static_cast<uint64_t>(port) >> 32);
}
template <std::size_t N>
void get(const VlWide<N>& port, uint32_t* words) {
    std::memcpy(words, port.data(), sizeof(uint32_t) * N);
}
template <typename Port>
constexpr uint64_t word_count(const Port&) { return sizeof(Port) > 4 ? 2 : 1; }
template <std::size_t N>
constexpr uint64_t word_count(const VlWide<N>&) { return N; }

// A stall pattern, walked cycle by cycle: its head once, the rest again and again.
class Pattern {
public:
    Pattern(uint64_t length, uint64_t head) : stalls_(length), head_(head) {}
    uint8_t* data() { return stalls_.data(); }
    std::size_t size() const { return stalls_.size(); }
    bool next() {
        const bool stall = stalls_[at_];
        if (++at_ == stalls_.size()) at_ = head_;
        return stall;
    }

private:
    std::vector<uint8_t> stalls_;
    std::size_t head_;
    std::size_t at_ = 0;
};

bool read(std::FILE* file, void* to, std::size_t size) { return !size || std::fread(to, size, 1, file) == 1; }
bool write(std::FILE* file, const void* from, std::size_t size) {
    return !size || std::fwrite(from, size, 1, file) == 1;
}

int fail(const char* what, const char* path) {
    std::fprintf(stderr, "%s %s\n", what, path);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 6) return fail("usage:", "simulator STIMULUS RESULT [WAVES FIRST END]");

    Header header{};
    std::FILE* file = std::fopen(argv[1], "rb");
    if (!file || !read(file, &header, sizeof header)) return fail("cannot read", argv[1]);
    std::vector<uint32_t> beats(header.distinct * header.input_words);
    Pattern input_stall(header.input_stalls, header.input_head);
    Pattern output_stall(header.output_stalls, header.output_head);
    std::vector<uint32_t> weights(header.weights * header.weight_words);
    std::vector<uint32_t> settings(header.settings * header.setting_words);
    if (!read(file, beats.data(), beats.size() * sizeof(uint32_t)) ||
        !read(file, input_stall.data(), input_stall.size()) ||
        !read(file, output_stall.data(), output_stall.size()) ||
        !read(file, weights.data(), weights.size() * sizeof(uint32_t)) ||
        !read(file, settings.data(), settings.size() * sizeof(uint32_t)))
        return fail("cannot read", argv[1]);
    std::fclose(file);

    VerilatedContext context;
    context.traceEverOn(argc > 3);
    auto dut = std::make_unique<Vdut>(&context);
    auto& i_valid = dut->i___05Fvalid;
    auto& i_ready = dut->i___05Fready;
    auto& i_payload = dut->i___05Fpayload;
    auto& o_valid = dut->o___05Fvalid;
    auto& o_ready = dut->o___05Fready;
    auto& o_payload = dut->o___05Fpayload;
    if (word_count(i_payload) != header.input_words || word_count(o_payload) != header.output_words)
        return fail("payload widths of the design are not those of", argv[1]);

    i_valid = 0;
    o_ready = 0;
    dut->rst = 0;
    dut->clk = 0;
    dut->eval();

#if VM_TRACE
    std::unique_ptr<Waves> waves;
    uint64_t first_wave = 0, end_wave = 0;
    if (argc > 3) {
        waves = std::make_unique<Waves>();
        first_wave = std::strtoull(argv[4], nullptr, 10);
        end_wave = std::strtoull(argv[5], nullptr, 10);
        waves->set_time_unit("1ns");
        waves->set_time_resolution("1ns");
        dut->trace(waves.get(), 99);
        waves->open(argv[3]);
        if (!waves->isOpen()) return fail("cannot write", argv[3]);
    }
#endif

    Result result{};
#if WINDROW_SETTINGS
    // Before cycle 0, run-time hardware is programmed; the waves begin after that.
    const auto edge = [&dut] {
        dut->clk = 1;
        dut->eval();
        dut->clk = 0;
        dut->eval();
    };
    const auto send = [&](auto& valid, auto& ready, auto& payload, const std::vector<uint32_t>& all,
                          uint64_t width, Status stuck) {
        if (all.size() && word_count(payload) != width) result.status = stuck;
        for (std::size_t at = 0; at < all.size() && result.status == kDone; at += width) {
            valid = 1;
            put(payload, &all[at]);
            dut->clk = 0;
            dut->eval();
            for (uint64_t waited = 0; !ready && result.status == kDone; edge())
                if (++waited > header.patience) result.status = stuck;
            edge();
        }
        valid = 0;
        dut->eval();
    };
    dut->settings___05Fvalid = 0;
#if WINDROW_WEIGHTS
    send(dut->weights___05Fvalid, dut->weights___05Fready, dut->weights___05Fpayload, weights,
         header.weight_words, kWeightsHang);
#endif
    send(dut->settings___05Fvalid, dut->settings___05Fready, dut->settings___05Fpayload, settings,
         header.setting_words, kSettingsHang);
    if (result.status == kDone && !dut->accepted) result.status = kRefused;
    edge();
#endif
    std::vector<uint64_t> cycles(header.output_beats);
    std::vector<uint32_t> outputs(header.output_beats * header.output_words);
    std::vector<uint32_t> seen;
    bool offering = false, offered = false;
    uint64_t next = 0;   // beat of the file to offer next
    uint64_t moved = 0;  // cycle after the last transfer
    for (uint64_t cycle = 0; result.status == kDone; ++cycle) {
        const bool stall = input_stall.next();
        if (!offering && !stall && result.accepted < header.input_beats) {
            offering = true;
            put(i_payload, &beats[next * header.input_words]);
            if (++next == header.distinct) next = 0;
        }
        i_valid = offering;
        o_ready = !output_stall.next();
        dut->clk = 0;
        dut->eval();
#if VM_TRACE
        if (waves && cycle >= first_wave && cycle < end_wave) waves->dump(cycle * 1000);
#endif
#if WINDROW_SEEN
        seen.resize(seen.size() + word_count(dut->seen));
        get(dut->seen, &seen[seen.size() - word_count(dut->seen)]);
#endif
        if (offering && i_ready) {
            if (!result.accepted++) result.first_accepted = cycle;
            offering = false;
            moved = cycle + 1;
        }
        if (o_valid) {
            if (!offered) {
                offered = true;
                result.first_offered = cycle;
            }
            if (result.delivered == header.output_beats) {
                result.status = kExtra;
            } else if (o_ready) {
                get(o_payload, &outputs[result.delivered * header.output_words]);
                cycles[result.delivered++] = cycle;
                moved = cycle + 1;
            }
        }
        const bool done = result.accepted == header.input_beats && result.delivered == header.output_beats;
        if (!done && cycle >= moved + header.patience) result.status = kHang;
        result.cycle = cycle;
        if (result.status != kDone || (done && cycle >= moved + header.drain)) break;
        dut->clk = 1;
        dut->eval();
#if VM_TRACE
        if (waves && cycle >= first_wave && cycle < end_wave) waves->dump(cycle * 1000 + 500);
#endif
    }
#if VM_TRACE
    // Beyond the end of the run nothing changes any more.
    if (waves && result.cycle < first_wave) waves->dump(first_wave * 1000);
    if (waves) waves->close();
#endif
    dut->final();

    file = std::fopen(argv[2], "wb");
    if (!file || !write(file, &result, sizeof result) ||
        !write(file, cycles.data(), result.delivered * sizeof(uint64_t)) ||
        !write(file, outputs.data(), result.delivered * header.output_words * sizeof(uint32_t)) ||
        !write(file, seen.data(), seen.size() * sizeof(uint32_t)) ||
        std::fclose(file))
        return fail("cannot write", argv[2]);
    return 0;
}
