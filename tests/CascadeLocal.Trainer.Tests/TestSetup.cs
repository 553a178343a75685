using System.Runtime.CompilerServices;

using Xunit.Sdk;
using Xunit.v3;

// TorchSharp and llama.cpp are process-wide, and the machine has two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace CascadeLocal.Trainer.Tests;

internal static class TestSetup
{
    [ModuleInitializer]
    internal static void UseOneThread() => TorchThreads.UseOne();
}
