# Checks the hardware: in free flow, then under light and under heavy pauses of both streams.
#
#     make              with Icarus Verilog
#     make verilator    with Verilator 5
#     make HARDWARE="netlist.v models.v"    the same on what a synthesis tool made of the hardware
HARDWARE ?= ../windrow.v $(wildcard cells.v)
SOURCES := testbench.v dut.v $(HARDWARE)
IVERILOG ?= iverilog
VVP ?= vvp
VERILATOR ?= verilator
# Its compiler has to know coroutines, which some builds of Verilator forget to ask for.
VERILATOR_FLAGS ?= -CFLAGS -std=c++20
STALLS ?= 0 2 6

.PHONY: icarus verilator clean

icarus: build/testbench.vvp
	@for stalls in $(STALLS); do $(VVP) -N $< +stalls=$$stalls || exit 1; done

verilator: build/testbench
	@for stalls in $(STALLS); do $< +stalls=$$stalls || exit 1; done

build/testbench.vvp: $(SOURCES) parameters.vh
	@mkdir -p build
	$(IVERILOG) -g2012 -o $@ -s testbench $(SOURCES)

build/testbench: $(SOURCES) parameters.vh
	@mkdir -p build
	$(VERILATOR) --binary --timing $(VERILATOR_FLAGS) -Wno-fatal -Wno-lint --top-module testbench --Mdir build/verilator \
	    -o ../testbench $(SOURCES)

clean:
	rm -rf build
