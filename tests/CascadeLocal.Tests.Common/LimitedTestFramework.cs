using System.Globalization;
using System.Reflection;

using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace CascadeLocal.Tests.Common;

/// <summary>
/// xUnit with a limit for every test and for what happens between tests; Directory.Build.props gives it to each test project.
/// An asynchronous test over its limit fails and the next one runs. A synchronous one cannot be taken off its thread, and
/// might hold what the next tests need: it ends the test program (<see cref="HangWatch"/>), as does anything else that hangs.
/// A test that may take longer says so: <c>[Fact(Timeout = milliseconds)]</c>.
/// </summary>
public sealed class LimitedTestFramework(string? configFileName) : XunitTestFramework(configFileName)
{
    /// <summary>The assembly metadata that names another limit than <see cref="DefaultLimit"/>, in seconds.</summary>
    public const string LimitKey = "TestLimitSeconds";

    /// <summary>Ten times what the longest test takes on two idle cores, so that it holds on busy ones.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(5);

    private readonly string? _configFileName = configFileName;

    /// <inheritdoc/>
    protected override ITestFrameworkDiscoverer CreateDiscoverer(Assembly assembly)
    {
        TimeSpan limit = LimitOf(assembly);
        HangWatch.Start(limit);
        return new Discoverer(new XunitTestAssembly(assembly, _configFileName), limit);
    }

    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(Assembly assembly)
    {
        HangWatch.Start(LimitOf(assembly));
        return new Executor(new XunitTestAssembly(assembly, _configFileName));
    }

    private static TimeSpan LimitOf(Assembly assembly) =>
        assembly.GetCustomAttributes<AssemblyMetadataAttribute>().SingleOrDefault(data => data.Key == LimitKey)?.Value is { } seconds
            ? TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))
            : DefaultLimit;

    private sealed class Discoverer(IXunitTestAssembly assembly, TimeSpan limit) : XunitTestFrameworkDiscoverer(assembly)
    {
        protected override ValueTask<bool> FindTestsForMethod(
            IXunitTestMethod testMethod, ITestFrameworkDiscoveryOptions discoveryOptions, Func<ITestCase, ValueTask<bool>> discoveryCallback)
        {
            ArgumentNullException.ThrowIfNull(testMethod);
            foreach (FactAttribute fact in testMethod.FactAttributes.OfType<FactAttribute>().Where(fact => fact.Timeout <= 0))
                fact.Timeout = (int)limit.TotalMilliseconds;
            return base.FindTestsForMethod(testMethod, discoveryOptions, discoveryCallback);
        }
    }

    private sealed class Executor(IXunitTestAssembly assembly) : XunitTestFrameworkExecutor(assembly)
    {
        public override ValueTask RunTestCases(
            IReadOnlyCollection<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions,
            CancellationToken cancellationToken) =>
            base.RunTestCases(testCases, new HangWatch(executionMessageSink), executionOptions, cancellationToken);
    }
}
