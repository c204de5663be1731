// Drives a Verilated board: bytes between its two wires and a pseudo-terminal.
//
//     board FD DIVISOR IDLE
//
// FD is the master side of the terminal, DIVISOR the clocks of a bit. After IDLE cycles without traffic nothing
// more can happen in the board, so the clock stands still until a byte comes. The program ends when its standard
// input does: nobody is left who could be interested.

#include "Vdut.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <unistd.h>
#include <vector>

namespace {

// Bytes onto the wire that the board listens to.
class Sender {
public:
    explicit Sender(int divisor) : divisor_(divisor) {}
    bool idle() const { return !bits_ && bytes_.empty(); }
    std::size_t waiting() const { return bytes_.size(); }
    void put(uint8_t byte) { bytes_.push_back(byte); }
    bool next() {
        if (!bits_ && !bytes_.empty()) {
            shifter_ = (uint32_t{bytes_.front()} << 1) | 0x200;  // start bit, byte, stop bit
            bytes_.pop_front();
            bits_ = 10;
            left_ = divisor_;
        }
        if (!bits_) return true;
        const bool level = shifter_ & 1;
        if (!--left_) {
            shifter_ >>= 1;
            --bits_;
            left_ = divisor_;
        }
        return level;
    }

private:
    int divisor_, bits_ = 0, left_ = 0;
    uint32_t shifter_ = 0;
    std::deque<uint8_t> bytes_;
};

// Bytes from the wire that the board drives.
class Listener {
public:
    explicit Listener(int divisor) : divisor_(divisor) {}
    bool idle() const { return !bits_; }
    bool next(bool level, uint8_t& byte) {
        if (!bits_) {
            if (!level) {
                bits_ = 9;
                left_ = divisor_ + divisor_ / 2;
            }
            return false;
        }
        if (--left_) return false;
        left_ = divisor_;
        if (--bits_) {
            shifter_ = static_cast<uint8_t>(shifter_ >> 1 | (level ? 0x80 : 0));
            return false;
        }
        byte = shifter_;
        return level;  // without a stop bit it was no byte
    }

private:
    int divisor_, bits_ = 0, left_ = 0;
    uint8_t shifter_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: board FD DIVISOR IDLE\n");
        return 2;
    }
    const int terminal = std::atoi(argv[1]), divisor = std::atoi(argv[2]);
    const int64_t patience = std::atoll(argv[3]);
    fcntl(terminal, F_SETFL, fcntl(terminal, F_GETFL) | O_NONBLOCK);

    VerilatedContext context;
    auto dut = std::make_unique<Vdut>(&context);
    dut->rx = 1;
    dut->rst = 1;
    for (int edge = 0; edge < 4; ++edge) {
        dut->clk = edge & 1;
        dut->eval();
    }
    dut->rst = 0;

    Sender sender(divisor);
    Listener listener(divisor);
    std::vector<uint8_t> out;
    uint8_t chunk[256];
    int64_t quiet = 0;
    for (uint64_t cycle = 0;; ++cycle) {
        // Looking once in a few bytes' time is often enough, and the only system call in between.
        if (cycle % (static_cast<uint64_t>(divisor) * 40) == 0 || quiet > patience) {
            pollfd wanted[2] = {{terminal, static_cast<short>(POLLIN | (out.empty() ? 0 : POLLOUT)), 0},
                                {STDIN_FILENO, POLLIN, 0}};
            if (sender.waiting() > sizeof chunk) wanted[0].events &= static_cast<short>(~POLLIN);
            if (poll(wanted, 2, quiet > patience ? -1 : 0) < 0 && errno != EINTR) return 1;
            if (wanted[1].revents) return 0;
            if (wanted[0].revents & POLLIN) {
                const ssize_t count = read(terminal, chunk, sizeof chunk);
                for (ssize_t at = 0; at < count; ++at) sender.put(chunk[at]);
            } else if (wanted[0].revents & (POLLHUP | POLLERR)) {
                return 0;
            }
            if (!out.empty()) {
                const ssize_t count = write(terminal, out.data(), out.size());
                if (count > 0) out.erase(out.begin(), out.begin() + count);
            }
            if (!sender.idle()) quiet = 0;
        }
        dut->rx = sender.next();
        dut->clk = 0;
        dut->eval();
        dut->clk = 1;
        dut->eval();
        uint8_t byte;
        if (listener.next(dut->tx, byte)) out.push_back(byte);
        quiet = sender.idle() && listener.idle() && out.empty() ? quiet + 1 : 0;
    }
}
