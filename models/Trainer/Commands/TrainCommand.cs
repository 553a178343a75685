using System.CommandLine;

using CascadeLocal.Cli.Commands;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>train</c>: its options.</summary>
internal static class TrainCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string> member = new Option<string>("--member") { Description = "The member to train.", Required = true }
            .AcceptOnlyFromAmong([.. ModelShape.All.Select(s => s.Name)]);
        Option<double?> minutes = new Option<double?>("--minutes") { Description = "Training time; 10 if neither this nor --steps is given." }
            .Taking<double>("a number above 0", time => time > 0);
        Option<long?> steps = new Option<long?>("--steps") { Description = "Training steps, instead of a time." }
            .Taking<long>("a whole number from 1", count => count >= 1);
        Option<ulong> seed = new("--seed")
        {
            Description = "Of the weights and the questions.",
            DefaultValueFactory = _ => 1,
        };
        Option<FileInfo> from = new Option<FileInfo>("--from")
        {
            Description = "Start from this member's weights, with fresh optimizer state.",
        }.AcceptExistingOnly();
        Option<double?> peakRate = new Option<double?>("--peak-rate")
        {
            Description = "Muon's learning rate at its peak; what was found good for the shape if not given. A warm start wants less.",
        }.Taking<double>("a number above 0 and at most 1", rate => rate is > 0 and <= 1);
        Option<bool> resume = new("--resume") { Description = "Continue from the member's checkpoint." };
        Option<DirectoryInfo?> output = new("--out") { Description = "The tier's folder; models/default of the repository." };
        Option<bool> force = new("--force") { Description = "Replace the member, or a checkpoint that is in the way." };
        Option<double> evaluateEvery = new("--evaluate-every")
        {
            Description = "Minutes of training between two measurements.",
            DefaultValueFactory = _ => 5,
        };
        Option<int> perFamily = CommonOptions.PerFamily();
        Option<int> threads = CommonOptions.Positive(
            "--threads", "Threads of libtorch; more than one pays for the largest member on an idle machine, and rounds differently.", 1);
        Command command = new("train", "Trains a member and adds it to a tier.")
        {
            member, minutes, steps, seed, from, peakRate, resume, output, force, evaluateEvery, perFamily, threads,
        };
        command.Validators.Add(result =>
        {
            // The values of numbers are read later.
            if (result.GetResult(minutes) is not null && result.GetResult(steps) is not null)
                result.AddError("--minutes and --steps exclude each other");
            if (result.GetValue(resume) && result.GetResult(peakRate) is not null)
                result.AddError("--resume keeps the rate; --peak-rate is for new runs");
            if (result.GetValue(resume) && result.GetValue(from) is not null)
                result.AddError("--resume and --from exclude each other");
        });
        command.SetAction(parsed => new TrainJob
        {
            Threads = parsed.GetValue(threads),
            Shape = ModelShape.All.Single(s => s.Name == parsed.GetRequiredValue(member)),
            Budget = Budget(parsed.GetValue(steps), parsed.GetValue(minutes)),
            Seed = parsed.GetValue(seed),
            From = parsed.GetValue(from)?.FullName,
            PeakRate = parsed.GetValue(peakRate),
            Resume = parsed.GetValue(resume),
            Folder = new(parsed.GetValue(output)?.FullName ?? RepositoryFolder.DefaultTier()),
            Force = parsed.GetValue(force),
            EvaluationInterval = TimeSpan.FromMinutes(parsed.GetValue(evaluateEvery)),
            PerFamily = parsed.GetValue(perFamily),
        }.Run());
        return command;
    }

    private static TrainingBudget? Budget(long? steps, double? minutes) =>
        steps is null && minutes is null ? null : new(steps, minutes);
}
