// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes from TOSA to the LLVM dialect.
#ifndef KVANT_CODEGEN_PASSES_TD
#define KVANT_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def AttachTarget : Pass<"kvant-attach-target", "::mlir::ModuleOp"> {
  let summary = "Say what machine the module is compiled for";
  let description = [{
    Resolves the two options and leaves the target's name, CPU and triple on the module
    (`kvant.target`, `kvant.cpu`, `llvm.target_triple`), with the data layout of the target.
    Every later pass of the stage reads them from there. Refuses a target or CPU that the code
    generator does not know, and lists what there is.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"host\"",
           "host, aarch64-linux-gnu or aarch64-linux-android">,
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "generic, native or a CPU's name; the default is native for the host and generic "
           "for AArch64">,
  ];
}

def RecordInterface : Pass<"kvant-record-interface", "::mlir::ModuleOp"> {
  let summary = "Note names, types and quantization of the program's inputs and outputs";
  let description = [{
    Leaves the outer side of `@main` on the module (`kvant.name`, `kvant.inputs`,
    `kvant.outputs`, `kvant.integer_only`) before types turn into buffers, makes `@main`
    private and marks its arguments as read only. Refuses a module without exactly one function
    `@main`, and arguments or results that are no ranked tensors of static shape and of a type
    that an array of the caller can have.
  }];
  let options = [
    Option<"name", "name", "std::string", /*default=*/"\"model\"",
           "name of the library: prefix of every symbol that it exports">,
  ];
}

def FormKernels : Pass<"kvant-form-kernels", "::mlir::func::FuncOp"> {
  let summary = "Turn convolutions with constant weights into kernels";
  let description = [{
    `tosa.conv2d` (a fully connected layer is one with a window of 1 by 1) and
    `tosa.depthwise_conv2d` of int8 or float32 with constant weights and bias become
    `kernel.dot_conv` and `kernel.depthwise_conv`, together with the chain of rescales, clamps
    and element-wise arithmetic behind them. Weights are packed for the target of the module;
    the zero point of the input goes into the bias; padding becomes a `kernel.pad`, which
    `kvant-fold-pads` may fold into the kernel before. What does
    not fit is left as it is.

    A `tosa.matmul` of two computed tensors of int8 becomes a `kernel.dot_conv` too: a
    `kernel.pack` orders the right operand when the program runs, and its bias, which holds the
    zero point of the left one, is a product of the packed operand with ones. Chains with a
    rescale behind other tensors of bytes, the addition of two for one, become
    `kernel.elementwise`.

    A register tile is chosen by a cost function, where `tiles` does not say it for the shape of
    the kernel: LEVEL/TYPE/OUTPUT/inCHANNELS/kWINDOW/sSTRIDE/dDILATION:ROWSxVECTORS, for example
    avx512vnni/int8/1x32x32x16/in16/k3x3/s1x1/d1x1:6x1 for six output pixels by one vector of
    channels. The vectors of the target's last level fix how weights are packed; tiles of other
    levels count where they are no wider. They are left on the kernel (`kernel.tiles`).
    Refuses tiles that do not fit in the registers, levels that the target does not have, and
    two tiles for one shape. What is for other shapes changes nothing.
  }];
  let dependentDialects = ["arith::ArithDialect", "::kvant::kernel::KernelDialect",
                           "tensor::TensorDialect", "tosa::TosaDialect"];
  let options = [
    ListOption<"tiles", "tiles", "std::string",
               "register tiles by shape, as quant-compile --tune measures them">,
  ];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Kernels formed">,
  ];
}

def FoldPads : Pass<"kvant-fold-pads", "::mlir::func::FuncOp"> {
  let summary = "Let kernels write into the middle of padded buffers";
  let description = [{
    Where all users of a kernel's result are kernels and some want it padded, the kernel makes
    the padded tensor (`halo`), and the copies (`kernel.pad`) go away. Users that want less
    padding, or none, read from the middle (`input_origin`, `element_origins`). A pad stays where
    it changes the signedness of bytes, where pads differ in their value, and where a
    convolution without a window over short lines reads the tensor too: it takes all lines as
    one, which a halo would break.
  }];
  let dependentDialects = ["::kvant::kernel::KernelDialect", "tensor::TensorDialect"];
  let statistics = [
    Statistic<"numFolded", "num-folded", "Pads folded into kernels">,
  ];
}

def SimplifyRescales : Pass<"kvant-simplify-rescales", "::mlir::func::FuncOp"> {
  let summary = "Rewrite epilogues into cheaper arithmetic that is proven to give the same bits";
  let description = [{
    What a kernel stores is a monotone function of its accumulator, and which accumulators a
    channel can reach is known (`kernel.accumulator_range`, from kvant-form-kernels). So at most
    255 steps decide, channel by channel, whether another form of the requantization gives the
    same bits. With `mode=float` that is a conversion to float32, one fma (or two) and a
    conversion back, with a search over the last places of scale and offset. With `mode=integer`
    the rounding of negative values is dropped where they are all clamped to one value, and zero
    points are added and clamped in 16 bits where those hold every result. For NEON, shifts of
    channels are stored as 31 less the shift in 32 bits, which is what SRSHL takes, and where
    values leave enough bits free, a shift below 32 is marked `kernel.shifts_left`. A residual
    addition becomes a sum of two products of floats or integers, compared with all pairs of
    bytes. So does an element-wise kernel of one or two bytes; its integers have up to 24 bits
    and are multiplied as digits of 8 bits, in words that carry into each other. A
    kernel with a channel for which no parameters can be proven keeps its integer arithmetic.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::tosa::TosaDialect"];
  let options = [
    Option<"mode", "mode", "std::string", /*default=*/"\"auto\"",
           "auto (what the target does best), none, integer or float">,
  ];
  let statistics = [
    Statistic<"numFloat", "num-float", "Channels proven in float">,
    Statistic<"numNonNegative", "num-non-negative",
              "Channels whose negative accumulators need no rounding of their own">,
    Statistic<"numWords", "num-words", "Channels whose results are clamped in 16 bits">,
    Statistic<"numResiduals", "num-residuals", "Kernels with a residual addition rewritten">,
    Statistic<"numElementwise", "num-elementwise", "Element-wise kernels rewritten">,
    Statistic<"numKept", "num-kept", "Channels of bytes whose arithmetic is kept">,
  ];
}

def LowerKernels : Pass<"kvant-lower-kernels", "::mlir::func::FuncOp"> {
  let summary = "Lower kernels to loops of vectors and dot-product instructions";
  let description = [{
    Emits the loops of each operation of the kernel dialect, on buffers, for the level of the
    function (`kvant.level`): register tiles by a cost function or, where a kernel has them, by
    its `kernel.tiles`; the epilogue cloned onto vectors.
  }];
  let dependentDialects = ["arith::ArithDialect", "LLVM::LLVMDialect",
                           "math::MathDialect", "memref::MemRefDialect", "scf::SCFDialect",
                           "vector::VectorDialect"];
}

def SeparateBuffers : Pass<"kvant-separate-buffers", "::mlir::func::FuncOp"> {
  let summary = "Give each destination a tensor.empty of its own";
  let description = [{
    Tensors without a value are equal, so common subexpression elimination makes one of all that
    have the same type, and bufferization then one buffer that lives from the first use to the
    last. With one for each use, `kvant-plan-arena` sees the life of each.
  }];
  let dependentDialects = ["tensor::TensorDialect"];
}

def FoldCopies : Pass<"kvant-fold-copies", "::mlir::func::FuncOp"> {
  let summary = "Compute what is copied into a part of a buffer where it is copied to";
  let description = [{
    Bufferization joins tensors by copies into parts of the joined buffer. Where the buffer of
    such a copy's source holds nothing but what is copied, it becomes that part: its producer writes
    there, and whoever else reads it reads from there. So do copies of results that are reshaped
    last, and those into the middle of a padded buffer, whose fill then comes first. Of a
    `kernel.pad` that `kvant-fold-pads` has kept, the padding is left. Slices are views already. A
    copy stays where the source is an argument, a constant or in two places, and where a kernel
    cannot have gaps between pixels (`lib/Codegen/KernelOperands.h`). Kernels that are given such a
    view in spite of that get a copy of it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
  let statistics = [
    Statistic<"numFolded", "num-folded", "Copies that are gone">,
    Statistic<"numCopied", "num-copied", "Operands of kernels that are copied">,
  ];
}

def ExpandCopies : Pass<"kvant-expand-copies", "::mlir::func::FuncOp"> {
  let summary = "Turn memref.copy into linalg.copy";
  let description = [{
    A `memref.copy` becomes a call of memcpy or of a run-time library further down, and a
    library of ours calls nothing. Contiguous buffers are copied as one dimension.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect"];
}

def ArrangeLoops : Pass<"kvant-arrange-loops", "::mlir::func::FuncOp"> {
  let summary = "Order and merge the loops of linalg operations for vectorization";
  let description = [{
    Named operations become `linalg.generic`. Neighbouring parallel dimensions over which every
    operand is contiguous become one, so that short rows make one long loop. In a reduction
    whose operands are contiguous along the last dimension of the result (pools, depthwise
    convolutions, matrix products), that dimension becomes the innermost loop: its iterations
    are independent, and the order of additions within one element stays.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::affine::AffineDialect"];
  let statistics = [
    Statistic<"numCollapsed", "num-collapsed", "Operations with fewer loops than before">,
    Statistic<"numInterchanged", "num-interchanged", "Reductions with another innermost loop">,
  ];
}

def ResultsToArguments : Pass<"kvant-results-to-arguments", "::mlir::func::FuncOp"> {
  let summary = "Write results into buffers of the caller";
  let description = [{
    Each result of a function of buffers becomes one more argument, after those that there are.
    A buffer that the function allocates for a result is replaced by the argument, so that
    nothing is copied; what is returned twice, comes from an argument or a constant, or is a
    view of another buffer, is copied at the end. Refuses results that are no buffers of static
    shape and plain layout.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def PlanArena : Pass<"kvant-plan-arena", "::mlir::func::FuncOp"> {
  let summary = "Place all temporary buffers in one arena by liveness";
  let description = [{
    Replaces every `memref.alloc` and `memref.alloca` of a function by a view into one more
    argument, the arena. Buffers whose lives do not overlap share memory. Offsets are multiples
    of 64 bytes, and 64 bytes at the end belong to no buffer, so that a vector load may pass the
    end of one. The size is left on the function (`kvant.arena_bytes`). A buffer that is
    allocated within a loop or a branch lives as long as the outermost operation around it.
    Input and destination of a kernel may overlap if the input is not needed afterwards: the
    kernel then goes through them in order (`forward` or `backward`), so that it overwrites only
    what it has read.
    Refuses allocations of dynamic size.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
  let statistics = [
    Statistic<"numBuffers", "num-buffers", "Buffers placed in the arena">,
    Statistic<"numOverlaps", "num-overlaps", "Kernels that write over their input">,
    Statistic<"arenaBytes", "arena-bytes", "Size of the arena">,
    Statistic<"lowerBound", "lower-bound", "Largest sum of buffers alive at once">,
  ];
}

def CloneLevels : Pass<"kvant-clone-levels", "::mlir::ModuleOp"> {
  let summary = "Make one copy of the program for each instruction-set level of the target";
  let description = [{
    Replaces `@main` by `@main_LEVEL` for each level of the target, with the level's name in
    `kvant.level`. The entry picks one of them by what the caller says about its CPU.
  }];
}

def SplitLayers : Pass<"kvant-split-layers", "::mlir::ModuleOp"> {
  let summary = "Turn large layers into functions that compute one of several parts";
  let description = [{
    A layer is what `kvant-lower-kernels` keeps together in an `scf.execute_region`. A large one
    moves into a function of its own with two more arguments, a part and the number of parts,
    and the rounds of its parallel loops are dealt out by them. The number is chosen when the
    program runs; `kvant.parts` on the call that is left says how many are worth it. The call
    computes the whole, part 0 of 1. Every element is computed by the same operations in the
    same order, whatever the number. Parts write different bytes: what several rounds may write
    goes to one of them. Of the loops that divide a layer about evenly the one is taken whose
    halves touch the fewest bytes in common: lines rather than channels.

    A layer that goes in order through an input which it overwrites (`kvant-plan-arena`) is
    called several times, each time with one more range of rounds, its last two arguments: as
    many as can run at the same time because none of them reads or writes what another one
    writes. That is read off the indices of its loads and stores. Layers that are small, or
    whose rounds depend on each other, stay as they are.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::scf::SCFDialect"];
  let options = [
    Option<"partWork", "part-work", "int64_t", /*default=*/"12000",
           "operations on registers that make a part worth waking a thread">,
  ];
  let statistics = [
    Statistic<"numSplit", "num-split", "Layers that can be computed in parts">,
  ];
}

def ShareLayers : Pass<"kvant-share-layers", "::mlir::ModuleOp"> {
  let summary = "Let layers that differ only in their buffers share one function";
  let description = [{
    What `kvant-lower-kernels` keeps together in an `scf.execute_region`, and each loop at the top
    of a function, is a layer. Layers with the same operations and constants become calls of one
    function that takes the buffers: those of repeated blocks, and those of several levels whose
    registers are as wide and whose instructions do not differ for the layer. The function has
    the instructions of the least level. A buffer that overlaps no other one of its layer, in all
    layers of a group, is passed as such (`llvm.noalias`). Other layers stay inline.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::scf::SCFDialect"];
  let statistics = [
    Statistic<"numFunctions", "num-functions", "Functions that several layers share">,
    Statistic<"numCalls", "num-calls", "Layers that call a shared function">,
  ];
}

def ExpandMath : Pass<"kvant-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replace mathematical functions by polynomials";
  let description = [{
    No operation of the math dialect that a code generator would turn into a call is left.
    Results are a function of the inputs alone: the same on every target and vector width.
    Refuses operations for which there is no expansion.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def EmitEntry : Pass<"kvant-emit-entry", "::mlir::ModuleOp"> {
  let summary = "Emit the function that a library exports";
  let description = [{
    Runs on the LLVM dialect. Emits `NAME_run(io, arena, arena_bytes)`, which checks every
    pointer, size and the alignment of the arena before the first load, picks the level by
    `io.cpu`, and returns a status. Everything else becomes internal to the module and carries
    the attributes of its level.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def EmitTasks : Pass<"kvant-emit-tasks", "::mlir::ModuleOp"> {
  let summary = "Let the caller's threads compute the parts of layers";
  let description = [{
    Runs behind `kvant-emit-entry`. Each call with `kvant.parts`
    (`kvant-split-layers`) becomes a call of `kvant_run_parts`, which hands a task to the
    callback `parallel` of the caller's `NAME_io`, or runs it as one part where there is none or
    `threads` is below 2. A task finds its pointers in a record on the stack of the function
    that calls, so the library needs neither writable globals nor relocations. Refuses a call
    whose arguments are not those of the function around it.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LocateLayers : Pass<"kvant-locate-layers", "::mlir::ModuleOp"> {
  let summary = "Name the layer of each instruction in assembly";
  let description = [{
    Runs last, for `--emit asm`. The name of the layer that an operation came from, as its
    location has it, becomes a file name, and a number for the layer its line, the same in all
    functions; the assembly has them in its `.file` and `.loc` directives. What belongs to no
    layer has the function's name and line 0. Instructions do not change; only where a prologue
    saves which register may, since a debugger could ask.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // KVANT_CODEGEN_PASSES_TD
