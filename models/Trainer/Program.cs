using System.CommandLine;

using CascadeLocal.Trainer;
using CascadeLocal.Trainer.Commands;
using CascadeLocal.Trainer.Optimization;

RootCommand root = new("Trains the members of the shipped tier, measures them, and writes models of published shapes.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    BlendCommand.Create(),
    MeasureCommand.Create(),
    QueriesCommand.Create(),
    SamplesCommand.Create(),
    ShapeCommand.Create(),
};
TorchThreads.UseOne();
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,

        // The commands handle the signals: a run writes its checkpoint and leaves with 0.
        ProcessTerminationTimeout = null,
    });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cascade-trainer: stopped");
    return 0;
}
catch (Exception error) when (error is IOException or FormatException or UnauthorizedAccessException
    or TrainingDivergedException)
{
    Console.Error.WriteLine($"cascade-trainer: {error.Message}");
    return 1;
}
