// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of the stage Calibrate.
#ifndef KVANT_CALIBRATE_PASSES
#define KVANT_CALIBRATE_PASSES

include "mlir/Pass/PassBase.td"

def InsertObservers : Pass<"kvant-insert-observers", "::mlir::ModuleOp"> {
  let summary = "Mark every activation tensor with a probe";
  let description = [{
    Inserts an `observe.probe` after every float tensor that an operation with
    QuantizableOpInterface reads or writes as an activation. Constants have no probe: their
    range is known. Probes are numbered in program order, arguments first, and named as the
    tensors of the source model.

    ```mlir
    %0 = qnn.relu %arg0 {qnn.name = "r"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
    // becomes
    observe.probe %arg0 {id = 0 : i64, name = "x"} : tensor<1x4xf32>
    %0 = qnn.relu %arg0 {qnn.name = "r"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
    observe.probe %0 {id = 1 : i64, name = "r"} : tensor<1x4xf32>
    ```
  }];
  let dependentDialects = ["::kvant::observe::ObserveDialect"];
  let statistics = [Statistic<"numProbes", "probes", "Number of probes inserted">];
}

def LowerObservers : Pass<"kvant-lower-observers", "::mlir::ModuleOp"> {
  let summary = "Turn probes into results of @main";
  let description = [{
    Appends one result to @main for each `observe.probe`, in the order of their ids, with the
    probe's name as `qnn.name`, and removes the probes. The program then needs no support in
    the code generator beyond that for results. With `only`, the results that @main had are
    dropped.
  }];
  let options = [
    Option<"only", "only", "bool", /*default=*/"false",
           "Drop the results that are not probes">
  ];
}

def Calibrate : Pass<"kvant-calibrate", "::mlir::ModuleOp"> {
  let summary = "Run the program over samples and record the range of every tensor";
  let description = [{
    Inserts probes into a copy of the program, compiles it with the code generator of the
    product, runs it over the samples of `data`, and writes `qnn.range` (what the calibrator
    makes of the statistics) and `observe.channel_mean` (for bias correction) on arguments and
    operations. Memory does not grow with the number of samples: a first run finds extremes
    and means, a second one, if the calibrator wants a histogram, counts into `bins` bins
    between them.

    Calibrators: `minmax`, `moving-average` (of each sample's extremes, decay 0.95),
    `percentile`, `mse` (least squared error of 256 levels), `entropy` (least
    Kullback-Leibler divergence). With `granularity=channel` the calibrator looks at each
    channel alone and the tensor gets the union of their ranges.

    A range always includes zero. A tensor that is zero in all samples gets the range [0, 0],
    which is quantized with scale 1 and zero point 0; one that is a constant c gets [0, c] or
    [c, 0], and c is represented exactly.

    With `statistics-in` nothing is run: the statistics come from a file written by
    `statistics-out`, whatever calibrator was in use then, provided the file has histograms
    if this calibrator wants them. A NaN or an infinity in a tensor is an error that names
    the tensor and the sample.
  }];
  let options = [
    Option<"data", "data", "std::string", /*default=*/"\"\"", "Samples: a .npz or .npy file">,
    Option<"calibrator", "calibrator", "std::string", /*default=*/"\"minmax\"",
           "minmax, moving-average, percentile, mse or entropy">,
    Option<"percentile", "percentile", "std::string", /*default=*/"\"99.99\"",
           "The share of values, in percent, that percentile keeps at each end">,
    Option<"granularity", "granularity", "std::string", /*default=*/"\"tensor\"",
           "tensor or channel (of the last axis)">,
    Option<"bins", "bins", "int64_t", /*default=*/"4096", "Bins of a histogram">,
    Option<"recipe", "recipe", "std::string", /*default=*/"\"\"",
           "A recipe, whose choice of calibrators wins over `calibrator`">,
    Option<"samples", "samples", "int64_t", /*default=*/"0",
           "Use only the first so many samples; 0 for all">,
    Option<"inputScale", "input-scale", "std::string", /*default=*/"\"\"",
           "Scale of integer samples for a float input: scale * raw + shift">,
    Option<"inputShift", "input-shift", "std::string", /*default=*/"\"\"",
           "Shift of integer samples for a float input">,
    Option<"statisticsIn", "statistics-in", "std::string", /*default=*/"\"\"",
           "Read statistics from this file, run nothing">,
    Option<"statisticsOut", "statistics-out", "std::string", /*default=*/"\"\"",
           "Write the statistics to this file">
  ];
}

#endif // KVANT_CALIBRATE_PASSES
