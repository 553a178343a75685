using System.Diagnostics;

using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>Asks a finished file: greedy answers through llama.cpp.</summary>
internal static class GgufJudge
{
    // An answer that is longer than the right one by more than this is wrong however it goes on; its kind can be told by then.
    private const int SpareTokens = 8;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    /// <summary>Which questions are answered exactly right.</summary>
    public static bool[] Judge(
        string path, IReadOnlyList<TaskExample> questions, int threads, TextWriter progress, CancellationToken cancellation) =>
        [.. Answer(path, questions, threads, progress, cancellation).Zip(questions, (answer, question) => answer == question.Answer)];

    /// <summary>The answers, each cut a little behind the right one's length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="threads">How many questions are answered at once. Each is decoded alone, so this changes no answer.</param>
    /// <param name="progress">Is told now and then how many questions are done.</param>
    /// <param name="cancellation">Gives up between two questions.</param>
    public static string[] Answer(
        string path, IReadOnlyList<TaskExample> questions, int threads, TextWriter progress, CancellationToken cancellation)
    {
        string[] answers = new string[questions.Count];
        int next = -1;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, threads, options, worker =>
        {
            Stopwatch sinceReport = Stopwatch.StartNew();
            using LlamaCppModel model = new(path);
            for (int i; (i = Interlocked.Increment(ref next)) < questions.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                if (worker == 0 && sinceReport.Elapsed >= ReportInterval)
                {
                    progress.WriteLine($"{Path.GetFileName(path)}: {i} of {questions.Count} questions");
                    sinceReport.Restart();
                }

                answers[i] = AnswerOf(model, questions[i]);
            }
        });
        return answers;
    }

    private static string AnswerOf(LlamaCppModel model, TaskExample question)
    {
        int[] prompt = model.Tokenize(model.Render(question.Turns.SkipLast(1)));
        int length = model.Tokenize(question.Answer, parseControl: false).Length;
        return model.Generate(prompt, length + SpareTokens);
    }
}
