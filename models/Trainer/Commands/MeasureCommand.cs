using System.CommandLine;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Publishing;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>measure</c>: asks all members of a tier the same questions and writes their records and the card anew.</summary>
internal static class MeasureCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<DirectoryInfo?> tier = new("--tier") { Description = "The tier's folder; models/default of the repository." };
        Option<int> perFamily = CommonOptions.PerFamily();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> onlyA = new("--only-a") { Description = "Measure test A alone and keep what is known of the others." };
        Command command = new("measure", "Measures the members of a tier on the same held-out questions and rewrites its card.")
        {
            tier, perFamily, threads, onlyA,
        };
        command.SetAction(parsed => Run(
            new(parsed.GetValue(tier)?.FullName ?? RepositoryFolder.DefaultTier()),
            parsed.GetValue(perFamily),
            parsed.GetValue(threads),
            parsed.GetValue(onlyA)));
        return command;
    }

    private static int Run(TierFolder folder, int perFamily, int threads, bool onlyA)
    {
        using StopSignals signals = new();
        IReadOnlyList<TaskExample> questions = HeldOutQuestions.Of("A", perFamily);
        (string Test, IReadOnlyList<TaskExample> Questions)[] others =
            [.. HeldOutQuestions.Tests.Where(test => test != "A").Select(test => (test, HeldOutQuestions.Of(test, perFamily)))];
        bool[] answered = new bool[questions.Count];
        List<MemberRecord> measured = [];
        foreach (MemberRecord record in folder.ReadRecords())
        {
            bool[] isRight = GgufJudge.Judge(folder.ModelPath(record.Member), questions, threads, Console.Error, signals.Token);
            int alone = isRight.Where((right, i) => right && !answered[i]).Count();
            measured.Add(record with
            {
                Scores = ScoreSheet.Count(questions, isRight),
                AloneRight = alone / (double)questions.Count,
                Tests = onlyA ? record.Tests : [.. others.Select(other => TestScores.Count(other.Test, other.Questions, Ask(record, other.Questions)))],
            });
            answered = [.. answered.Zip(isRight, (before, now) => before || now)];
        }

        folder.Update(measured);
        ScoreTable.Write([.. measured.Select(record => (record.Member, record.Scores))]);
        Console.Out.Write(new TierSummary(measured).Write());
        return 0;

        string[] Ask(MemberRecord record, IReadOnlyList<TaskExample> asked) =>
            GgufJudge.Answer(folder.ModelPath(record.Member), asked, threads, Console.Error, signals.Token);
    }
}
