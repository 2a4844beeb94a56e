// The chat in Arabic, which is written from right to left.
const plural = new Intl.PluralRules('ar');
const number = new Intl.NumberFormat('ar');

const unread = {
	one: () => 'رسالة واحدة غير مقروءة',
	two: () => 'رسالتان غير مقروءتين',
	few: n => `${n} رسائل غير مقروءة`,
	other: n => `${n} رسالة غير مقروءة`,
};
const latest = {
	one: () => 'رسالة جديدة واحدة',
	two: () => 'رسالتان جديدتان',
	few: n => `${n} رسائل جديدة`,
	other: n => `${n} رسالة جديدة`,
};
const characters = {
	one: () => 'حرف واحد',
	two: () => 'حرفين',
	few: n => `${n} أحرف`,
	other: n => `${n} حرفًا`,
};
const count = (forms, n) => (forms[plural.select(n)] ?? forms.other)(number.format(n));

export const translation = {
	direction: 'rtl',
	title: 'محادثة مباشرة',
	open: 'فتح المحادثة المباشرة',
	close: 'إغلاق المحادثة المباشرة',
	log: 'المحادثة',
	greeting: 'مرحبًا! كيف يمكننا مساعدتك اليوم؟',
	replies: 'نردّ عادةً خلال دقائق قليلة',
	input: 'رسالتك',
	send: 'إرسال',
	retry: 'إعادة المحاولة',
	you: 'أنت',
	support: 'الدعم',
	unread: n => count(unread, n),
	latest: n => count(latest, n),
	typing: name => `${name} يكتب الآن…`,
	sending: 'جارٍ الإرسال…',
	sent: 'أُرسلت',
	delivered: 'وصلت',
	seen: 'شوهدت',
	failed: 'لم تُرسل.',
	unshown: () => 'رسالة لا يمكن عرضها هنا',
	tooLong: n => `النص أطول من المسموح بـ ${count(characters, n)}. لن يضيع شيء: اختصره أو أرسله على أجزاء.`,
	connecting: 'جارٍ الاتصال…',
	reconnecting: 'جارٍ إعادة الاتصال…',
	offline: 'أنت غير متصل بالإنترنت. جارٍ إعادة الاتصال…',
	error: 'المحادثة غير متاحة حاليًا.',
	ended: 'انتهت هذه المحادثة.',
	gone: 'لم تعد هذه المحادثة موجودة.',
	lost: 'لا يمكن متابعة هذه المحادثة: متصفحك لا يحتفظ بملف تعريف الارتباط الخاص بها. يمكنك حفظها الآن.',
	unkept: 'متصفحك لا يحتفظ بملفات تعريف الارتباط. تبقى هذه المحادثة ما دامت هذه الصفحة مفتوحة.',
	endedBy: by => (by === 'visitor' ? 'أنهيتَ هذه المحادثة.' : 'أنهى فريق الدعم هذه المحادثة.'),
	end: 'إنهاء المحادثة',
	endQuestion: 'هل تريد إنهاء هذه المحادثة؟',
	goOn: 'متابعة المحادثة',
	rate: 'كيف كانت هذه المحادثة؟',
	stars: n => `${number.format(n)} من ${number.format(5)} نجوم`,
	comment: 'هل لديك ما تضيفه؟ (اختياري)',
	sendRating: 'إرسال التقييم',
	thanks: 'شكرًا لك على تقييمك.',
	refused: 'لم ينجح ذلك. يُرجى المحاولة مرة أخرى.',
	transcript: 'تنزيل نص المحادثة',
	startAgain: 'بدء محادثة جديدة',
};
