using System.Diagnostics;
using System.Runtime.CompilerServices;

using Xunit;

namespace CascadeLocal.Tests.Common;

/// <summary>Waiting for what becomes true by itself: with a deadline, after which the test fails and says what it waited for.</summary>
public static class Wait
{
    // Less than a test's limit. It says nothing of how long things take: what takes this long would take for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until the condition holds.</summary>
    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ForAsync(() => Task.FromResult(condition()), isTrue => isTrue, what);

    /// <summary>Waits until the condition holds.</summary>
    public static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ForAsync(condition, isTrue => isTrue, what);

    /// <summary>Reads until a value is the one waited for, and returns it.</summary>
    public static async Task<T> ForAsync<T>(
        Func<Task<T>> read, Func<T, bool> isIt, [CallerArgumentExpression(nameof(isIt))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(isIt);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            T value = await read();
            if (isIt(value))
                return value;
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"{Patience.TotalSeconds} s were not enough for: {what}. The last value: {value}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
}
