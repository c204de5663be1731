// Streams frames through the hardware and compares everything that comes out: each value with expected.hex and,
// in free flow, each cycle with cycles.hex. Of large frames these files have the first STORED output beats; then
// the values and the cycles of each output row are compared by a checksum each, with rows.hex. What goes in is
// in stimulus.hex, or made up here (`scramble`). `make` runs this; by hand:
//
//     $ iverilog -g2012 -o testbench.vvp testbench.v dut.v ../NAME.v
//     $ vvp -N testbench.vvp +stalls=0
//
//     +stalls=0    neither stream ever pauses (the default); cycles are compared, too
//     +stalls=N    both pause in N of 8 cycles, 1 to 7, pseudo-randomly
//     +seed=N      other pauses
//     +cycles=N    stop after so many cycles, at an output beat that tells (0, the default: never)
//     +waves       write testbench.vcd (Verilator: build with --trace)
//
// Verilog-2005 but for $fatal, which makes the simulator's exit code tell of a failure.
`timescale 1ns / 1ps

module testbench;
    `include "parameters.vh"

    localparam RESET = 4;   // cycles of reset
    localparam DRAIN = 64;  // cycles to watch after the last beat: one too many is an error

    reg clk, rst;
    reg i_valid, i_last, o_ready, done;
    reg [IN_BITS-1:0] i_payload;
    wire i_ready, o_valid, o_last, checked, wrong;
    wire [OUT_BITS-1:0] o_payload;

    dut dut (
        .clk(clk), .rst(rst), .i_valid(i_valid), .i_ready(i_ready), .i_payload(i_payload), .i_last(i_last),
        .o_valid(o_valid), .o_ready(o_ready), .o_payload(o_payload), .o_last(o_last),
        .done(done), .checked(checked), .wrong(wrong)
    );

    // The last beats of a row may be filled in part; what is in the rest is not defined, and 0 in expected.hex.
    wire row_ends = received % ROW_OUT >= ROW_OUT - PIXEL_OUT;
    wire [OUT_BITS-1:0] seen = o_payload & (row_ends ? {OUT_BITS{1'b1}} >> (OUT_BITS - LAST_BITS) : {OUT_BITS{1'b1}});

    localparam IN_WORDS = (IN_BITS + 31) / 32;
    localparam OUT_WORDS = (OUT_BITS + 31) / 32;
    localparam FEWEST = 16;  // output beats that are worth a verdict
    localparam PROGRESS = 50000;  // cycles between two lines that tell how far it is, at the most

    reg [IN_BITS-1:0] stimulus [0:GENERATED ? 0 : IN_BEATS-1];
    reg [OUT_BITS-1:0] expected [0:STORED-1];
    reg [31:0] cycles [0:STORED-1];
    reg [63:0] rows [0:STORED < OUT_BEATS ? OUT_BEATS / ROW_OUT - 1 : 0];  // checksums of values and of cycles
    reg [31:0] values, times;  // those of the row on its way

    integer stalls, seed, limit, progress, resetting, cycle, first, sent, received, idle, paused;
    reg [31:0] dice;
    reg held;  // an output beat was on offer and not taken
    reg [OUT_BITS-1:0] offered;

    initial begin
        if (!$value$plusargs("stalls=%d", stalls)) stalls = 0;
        if (!$value$plusargs("seed=%d", seed)) seed = 1;
        if (!$value$plusargs("cycles=%d", limit)) limit = 0;
        progress = limit != 0 && limit < 4 * PROGRESS ? (limit + 3) / 4 : PROGRESS;
        if (stalls < 0 || stalls > 7) begin
            $display("FAIL: +stalls must be 0 to 7, not %0d", stalls);
            $fatal(1);
        end
        if ($test$plusargs("waves")) begin
            $dumpfile("testbench.vcd");
            $dumpvars(0, testbench);
        end
        if (GENERATED != 0) stimulus[0] = 0;
        else $readmemh("stimulus.hex", stimulus);
        $readmemh("expected.hex", expected);
        $readmemh("cycles.hex", cycles);
        if (STORED < OUT_BEATS) $readmemh("rows.hex", rows);
        else rows[0] = 0;
        if ((^stimulus[GENERATED ? 0 : IN_BEATS-1] ^ ^expected[STORED-1] ^ ^cycles[STORED-1]
                ^ ^rows[STORED < OUT_BEATS ? OUT_BEATS / ROW_OUT - 1 : 0]) === 1'bx) begin
            $display("FAIL: %0sexpected.hex%0s or cycles.hex is missing or too short",
                GENERATED ? "" : "stimulus.hex, ", STORED < OUT_BEATS ? ", rows.hex" : "");
            $fatal(1);
        end
        {values, times} = 0;
        dice = (seed * 32'h9e3779b9) | 32'h1;
        {rst, i_valid, i_last, o_ready, done, held, i_payload, offered} = 0;
        rst = 1;
        {cycle, first, sent, received, idle, paused} = 0;
        resetting = RESET;
        clk = 0;
        forever #5 clk = !clk;
    end

    function [31:0] roll(input [31:0] last);
        begin
            roll = last ^ (last << 13);
            roll = roll ^ (roll >> 17);
            roll = roll ^ (roll << 5);
        end
    endfunction

    // 32 bits that tell nothing of one another, nor of the number that they are made of.
    function [31:0] scramble(input [31:0] number);
        begin
            scramble = number * 32'h9e3779b1;
            scramble = (scramble ^ (scramble >> 15)) * 32'h85ebca77;
            scramble = (scramble ^ (scramble >> 13)) * 32'hc2b2ae3d;
            scramble = scramble ^ (scramble >> 16);
        end
    endfunction

    // An input beat: word w of beat b is scramble(b * IN_WORDS + w), and all bits above the pixels are ones.
    function [IN_BITS-1:0] pixels(input integer beat);
        integer word;
        reg [32*IN_WORDS-1:0] bits;
        begin
            for (word = 0; word < IN_WORDS; word = word + 1)
                bits[32*word +: 32] = scramble(beat * IN_WORDS + word);
            bits = bits | ({32*IN_WORDS{1'b1}} << IN_USED);
            pixels = bits[IN_BITS-1:0];
        end
    endfunction

    // The checksum of values, with those of one more beat.
    function [31:0] added(input [31:0] sum, input [OUT_BITS-1:0] beat);
        integer word;
        reg [32*OUT_WORDS-1:0] bits;
        begin
            bits = beat;
            added = sum;
            for (word = 0; word < OUT_WORDS; word = word + 1)
                added = scramble(added ^ bits[32*word +: 32]);
        end
    endfunction

    // What both streams do in the next cycle; `beat` is the next one to send.
    task offer(input integer beat);
        begin
            dice <= roll(dice);
            o_ready <= dice[2:0] >= stalls;
            if (dice[2:0] < stalls || dice[18:16] < stalls) paused <= paused + 1;
            if (!i_valid || i_ready) begin
                i_valid <= beat < IN_BEATS && dice[18:16] >= stalls;
                if (beat < IN_BEATS) begin
                    if (GENERATED != 0) i_payload <= pixels(beat);
                    else i_payload <= stimulus[beat];
                    i_last <= (beat + 1) % LAST_IN == 0;
                end
            end
        end
    endtask

    task where(input integer beat);
        $display("      output beat %0d: frame %0d, row %0d, column %0d, channels from %0d", beat,
            beat / FRAME_OUT, beat % FRAME_OUT / ROW_OUT, beat % ROW_OUT / PIXEL_OUT * OUT_PIXELS,
            beat % PIXEL_OUT * PE);
    endtask

    task check;
        begin
            if (received == OUT_BEATS) begin
                $display("FAIL: an output beat after all %0d, in cycle %0d", OUT_BEATS, cycle);
                $fatal(1);
            end else if (received < STORED && seen !== expected[received]) begin
                $display("FAIL: value %h in cycle %0d, expected %h", seen, cycle, expected[received]);
                where(received);
                $fatal(1);
            end else if (HAS_LAST != 0 && o_last !== ((received + 1) % LAST_OUT == 0)) begin
                $display("FAIL: tlast %b in cycle %0d", o_last, cycle);
                where(received);
                $fatal(1);
            end else if (stalls == 0 && received < STORED && cycle - first != cycles[received]) begin
                $display("FAIL: %0d cycles after the first input beat, expected %0d", cycle - first,
                    cycles[received]);
                where(received);
                $fatal(1);
            end else if (STORED < OUT_BEATS && (received + 1) % ROW_OUT == 0) begin
                {values, times} <= 0;
                if (added(values, seen) !== rows[received / ROW_OUT][63:32]) begin
                    $display("FAIL: a value of the row that ends in cycle %0d", cycle);
                    where(received - ROW_OUT + 1);
                    $fatal(1);
                end
                if (stalls == 0 && scramble(times ^ (cycle - first)) !== rows[received / ROW_OUT][31:0]) begin
                    $display("FAIL: a cycle of the row that ends in cycle %0d", cycle);
                    where(received - ROW_OUT + 1);
                    $fatal(1);
                end
            end else if (STORED < OUT_BEATS) begin
                values <= added(values, seen);
                times <= scramble(times ^ (cycle - first));
            end
            if (limit != 0 && cycle >= limit && received + 1 >= FEWEST && received + 1 < OUT_BEATS
                    && (received < STORED || (received + 1) % ROW_OUT == 0)) begin
                $display("PASS: %0d of %0d output beats, every value%0s; to see all: +cycles=0",
                    received + 1, OUT_BEATS, stalls == 0 ? " and every cycle" : "");
                $finish;
            end
        end
    endtask

    always @(posedge clk) begin
        if (resetting != 0) begin
            resetting <= resetting - 1;
            if (resetting == 1) begin
                rst <= 0;
                offer(0);
            end
        end else begin
            cycle <= cycle + 1;
            if (cycle % progress == progress - 1)
                $display("      cycle %0d: %0d of %0d output rows", cycle + 1, received / ROW_OUT,
                    OUT_BEATS / ROW_OUT);
            idle <= idle + 1;
            offer(sent + ((i_valid && i_ready) ? 1 : 0));
            if (i_valid && i_ready) begin
                if (sent == 0) first <= cycle;
                sent <= sent + 1;
                idle <= 0;
            end
            if ((o_valid ^ i_ready) === 1'bx) begin
                $display("FAIL: ready of the input is %b, valid of the output %b in cycle %0d", i_ready,
                    o_valid, cycle);
                $fatal(1);
            end
            if (held && !(o_valid && o_payload === offered)) begin
                $display("FAIL: in cycle %0d an output beat is gone, or another, before it was taken", cycle);
                where(received);
                $fatal(1);
            end
            held <= o_valid && !o_ready;
            offered <= o_payload;
            if (o_valid && o_ready) begin
                check;
                received <= received + 1;
                idle <= 0;
            end
            if (sent == IN_BEATS && received == OUT_BEATS) done <= idle > DRAIN;
            else if (idle > PATIENCE) begin
                $display("FAIL: nothing has moved for %0d cycles: %0d of %0d input beats, %0d of %0d output beats",
                    PATIENCE, sent, IN_BEATS, received, OUT_BEATS);
                $fatal(1);
            end
            if (wrong) $fatal(1);
            if (done && checked) begin
                if (stalls == 0)
                    $display("PASS: %0d frames, %0d output beats, every value and every cycle", FRAMES, OUT_BEATS);
                else
                    $display("PASS: %0d frames, %0d output beats, every value; a stream paused in %0d of %0d cycles",
                        FRAMES, OUT_BEATS, paused, cycle);
                $finish;
            end else if (done && idle > DRAIN + PATIENCE) begin
                $display("FAIL: the registers do not answer");
                $fatal(1);
            end
        end
    end
endmodule
