using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Dialects;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Asks one member all questions, as often as is wanted, and writes its labels.</summary>
/// <param name="member">The member; it is ready.</param>
/// <param name="questions">The questions.</param>
/// <param name="options">How they are asked.</param>
/// <param name="reference">
/// The labels of the strongest member, for questions that are graded by agreement; null where this member is that one.
/// </param>
/// <param name="observer">Told of every answer.</param>
internal sealed class MemberCapture(
    PoolMember member, IReadOnlyList<GradedQuery> questions, CaptureOptions options, MemberLabels? reference, ICaptureObserver observer)
{
    // Between the tries of one question are FirstWait, twice that, and so on, or what a full member says, if that is longer.
    private const int MostTries = 6;

    // So many questions in a row that fail in all their tries are the member's fault, not theirs.
    private const int MostFailedInARow = 5;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Id, int Run), LabelRow> _rows = [];
    private int _refused;
    private int _answered;
    private int _failedInARow;

    /// <summary>Makes the labels that <paramref name="file"/> does not have yet. All labels of the questions are the result.</summary>
    /// <exception cref="CaptureException">The file's labels are of other questions, or the member fails.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the rows written so far are whole.</exception>
    public async Task<MemberLabels> RunAsync(LabelWriter file, CancellationToken cancellationToken)
    {
        Keep(file);
        (GradedQuery Question, int Run)[] open =
        [
            .. Enumerable.Range(0, options.Runs)
                .SelectMany(run => questions.Select(q => (Question: q, Run: run)))
                .Where(a => !_rows.ContainsKey((a.Question.Query.Id, a.Run))),
        ];
        observer.Started(member.Name, open.Length, _rows.Count);
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = Math.Min(options.Concurrency, member.Capabilities!.Parallel),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(open, parallel, async (answer, stop) => await PersistAsync(answer.Question, answer.Run, file, stop));
        return new MemberLabels(member.Name, _rows, _refused);
    }

    // The rows of an earlier capture that are still answers to these questions.
    private void Keep(LabelWriter file)
    {
        Dictionary<string, GradedQuery> byId = questions.ToDictionary(q => q.Query.Id);
        foreach (LabelRow row in file.Rows.Where(r => r.Run < options.Runs))
        {
            if (!byId.TryGetValue(row.Id, out GradedQuery? question))
                continue;
            if (row.Prompt != question.Query.Prompt)
                throw new CaptureException($"The labels of '{member.Name}' have another question under the id '{row.Id}'; give another folder with --out.");
            if (row.Kind != question.Query.Request.Kind)
                throw new CaptureException($"The label of '{member.Name}' for '{row.Id}' is of kind {PolicyTerms.Of(row.Kind)}, not {PolicyTerms.Of(question.Query.Request.Kind)}; give another folder with --out.");
            if (row.GradedBy != question.GradedBy)
                throw new CaptureException($"The label of '{member.Name}' for '{row.Id}' was graded by {row.GradedBy ?? "nobody"}, not by {question.GradedBy}; give another folder with --out.");
            _rows[(row.Id, row.Run)] = row;
        }
    }

    // Endpoints are full for a while, and streams are cut: nothing that a capture of many hours should end with.
    private async ValueTask PersistAsync(GradedQuery question, int run, LabelWriter file, CancellationToken cancellationToken)
    {
        TimeSpan wait = options.FirstWait;
        int answered = Volatile.Read(ref _answered);
        for (int tries = 1; ; tries++)
        {
            try
            {
                await CaptureAsync(question, run, file, cancellationToken);
                return;
            }
            catch (Exception e) when (e is ContextLengthExceededException or ChatTemplateException or RequestRefusedException or GraderException)
            {
                Refuse(question, e);
                return;
            }
            catch (MemberException e)
            {
                // While it answers others it is full, but not out of order: this one's turn will come.
                if (e is QueueFullException && Volatile.Read(ref _answered) is var now && now != answered)
                    (answered, tries, wait) = (now, 1, options.FirstWait);
                if (tries == MostTries)
                {
                    if (e is QueueFullException || Interlocked.Increment(ref _failedInARow) >= MostFailedInARow)
                        throw new CaptureException($"'{member.Name}' failed at the question '{question.Query.Id}': {e.Message} The labels so far are kept; the same command goes on from there.");
                    Refuse(question, e);
                    return;
                }

                TimeSpan told = (e as QueueFullException)?.RetryAfter ?? TimeSpan.Zero;
                TimeSpan next = told > wait ? told : wait;
                await Task.Delay(next < LongestWait ? next : LongestWait, cancellationToken);
                wait *= 2;
            }
        }
    }

    private async Task CaptureAsync(GradedQuery question, int run, LabelWriter file, CancellationToken cancellationToken)
    {
        TextGrader? agreement = question.Grader is null ? AgreementGrader(question.Query.Id, run) : null;
        GenerationRequest request = RequestOf(question, run);
        using MemberLease lease = member.Lease();
        await using IAnswer answer = await lease.StartAsync(request, observer: null, cancellationToken);
        LabelRow row = await AnswerRecorder.ReadAsync(answer, question, member.Name, run, cancellationToken);
        bool isRight = question.Grader is { } grader ? IsRight(grader, row, answer.Markup, request) : agreement?.IsRight(row.Output!) ?? true;
        row = row with { Correct = isRight ? 1 : 0 };
        file.Write(row);
        _rows[(row.Id, run)] = row.WithoutSignals();
        Interlocked.Increment(ref _answered);
        Volatile.Write(ref _failedInARow, 0);
        observer.Answered(member.Name);
    }

    private void Refuse(GradedQuery question, Exception reason)
    {
        Interlocked.Increment(ref _refused);
        observer.Refused(member.Name, question.Query.Id, reason.Message);
    }

    // Where calls or a form are asked for, only what a client gets counts: a call is no text, nor is a thought before a form.
    private static bool IsRight(IGrader grader, LabelRow row, AnswerMarkup? markup, GenerationRequest request)
    {
        if (row.Kind == RequestKind.Plain)
            return grader.IsRight(row.Output!);
        AnswerParts parts = AnswerParts.Of(row.Output!, markup, [], request);
        return grader.IsRight(parts.Content, parts.Calls);
    }

    // Null for the reference itself, which agrees with itself.
    private TextGrader? AgreementGrader(string id, int run)
    {
        if (reference is null)
            return null;
        return reference.Rows.TryGetValue((id, run), out LabelRow? said)
            ? new TextGrader(said.Output!)
            : throw new GraderException($"'{reference.Member}', with which answers have to agree, has none to it");
    }

    private GenerationRequest RequestOf(GradedQuery question, int run) => new()
    {
        Id = question.Query.Id,
        Messages = question.Query.Messages,
        Tools = question.Query.Request.Tools,
        ToolChoice = question.Query.Request.ToolChoice,
        ParallelToolCalls = question.Query.Request.ParallelToolCalls,
        Constraint = question.Query.Request.Constraint,
        MaxTokens = question.Query.MaxTokens ?? options.MaxTokens,
        Seed = AnswerSeed.Of(question.Query.Id, run),
    };
}

/// <summary>Seeds of sampled answers.</summary>
internal static class AnswerSeed
{
    /// <summary>
    /// The seed of one answer: another for every question and run, and the same whenever it is captured again.
    /// </summary>
    public static ulong Of(string id, int run) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\0{id}")));
}

/// <summary>Labels in memory.</summary>
internal static class LabelRowExtensions
{
    /// <summary>The label without its per-token signals, which are most of it.</summary>
    public static LabelRow WithoutSignals(this LabelRow row) =>
        row with { TokenLogprobs = null, TokenEntropies = null, TokenMargins = null, Top5Logprobs = null, TokenEnds = null };
}
