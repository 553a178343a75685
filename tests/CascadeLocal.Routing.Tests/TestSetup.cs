using Xunit.Sdk;
using Xunit.v3;

// libtorch is process-wide, and the machine has two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
